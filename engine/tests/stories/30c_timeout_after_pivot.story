# After the pivot the timeout only marks the saga
timeout: { after: { seconds: 20 } }
do:
- A: { call: s.do, compensate: s.undo }
- P: { call: s.do, pivot: true }
- C: { call: s.do, compensate: s.undo }
----
> start
  Submitted
  AttemptStarted A/1
  do A/1  key s1:A
  = running, wake +20s
> ok A
  Completed A {"id":"A"}
  AttemptStarted P/1
  do P/1  key s1:P  {"id":"A"}
  = running, wake +19990ms
> ok P
  PivotPassed P
  Completed P {"id":"P"}
  AttemptStarted C/1
  do C/1  key s1:C  {"id":"P"}
  = running, wake +19980ms
> after 21s
  Overdue
  = running, wake +288990ms
> ok C
  Completed C {"id":"C"}
  Ended completed
  = completed
