# 20. The process dies between the append and the publish: the same attempt is sent again, and both copies run
do:
- A: { call: s.do, compensate: s.undo }
----
> start
  Submitted
  AttemptStarted A/1
  do A/1  key s1:A
  = running, wake +310s
> crash
  again A/1  key s1:A
> ok A
  Completed A {"id":"A"}
  Ended completed
  = completed
> ok A
  = completed
