# What was owed closes when the pivot passes, its own record included
do:
- A: { call: s.do, compensate: s.undo }
- P: { call: s.do, pivot: true, compensate: s.undo }
- C: { call: s.do, compensate: s.undo }
----
> start
  Submitted
  AttemptStarted A/1
  do A/1  key s1:A
  = running, wake +310s
> ok A
  Completed A {"id":"A"}
  AttemptStarted P/1
  do P/1  key s1:P  {"id":"A"}
  = running, wake +310s
> owed
  [A]
> ok P
  PivotPassed P
  Completed P {"id":"P"}
  AttemptStarted C/1
  do C/1  key s1:C  {"id":"P"}
  = running, wake +310s
> owed
  []
> ok C
  Completed C {"id":"C"}
  Ended completed
  = completed
