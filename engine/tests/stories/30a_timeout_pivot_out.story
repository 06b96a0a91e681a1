# The workflow's timeout while the pivot is out: it is in doubt, and the answer decides (S36)
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
> after 21s
  Pending Timeout
  AttemptFailed P/1 unknown
  StepHeld P: the pivot is in doubt: did it happen? skip says yes, drop says no
  = suspended
> ok P
  PendingVoid
  PivotPassed P
  Completed P {"id":"P"}
  AttemptStarted C/1
  do C/1  key s1:C  {"id":"P"}
  = running, wake +0ms
> after 1s
  Overdue
  = running, wake +308990ms
> ok C
  Completed C {"id":"C"}
  Ended completed
  = completed
> show
  A  succeeded  [1 succeeded]
  P  succeeded  [1 unknown]
  C  succeeded  [1 succeeded]
  {"standing":[],"maybe":[],"late":0,"letters":[]}
