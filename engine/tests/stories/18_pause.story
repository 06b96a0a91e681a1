# 18. Pause holds starts, not facts
do:
- A: { call: s.do, compensate: s.undo }
- B: { call: s.do, compensate: s.undo }
----
> start
  Submitted
  AttemptStarted A/1
  do A/1  key s1:A
  = running, wake +310s
> pause
  Paused
  = suspended, wake +309990ms
> ok A
  Completed A {"id":"A"}
  = suspended
> resume
  Resumed
  AttemptStarted B/1
  do B/1  key s1:B  {"id":"A"}
  = running, wake +310s
> ok B
  Completed B {"id":"B"}
  Ended completed
  = completed
