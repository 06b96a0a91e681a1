# 11a. A pivot in doubt can go neither way: skip says that it happened
do:
- A: { call: s.do, compensate: s.undo }
- P: { call: s.do, pivot: true }
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
> unknown P
  AttemptFailed P/1 unknown
  StepHeld P: the pivot is in doubt: did it happen? skip says yes, drop says no
  = suspended
> skip P {"by":"hand"}
  PivotPassed P
  Completed P (skipped) {"by":"hand"}
  AttemptStarted C/1
  do C/1  key s1:C  {"by":"hand"}
  = running, wake +310s
> ok C
  Completed C {"id":"C"}
  Ended completed
  = completed
