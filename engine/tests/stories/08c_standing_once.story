# What is left standing is named once: also a pivot that has a compensation, which closed with it
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
> ok P
  PivotPassed P
  Completed P {"id":"P"}
  AttemptStarted C/1
  do C/1  key s1:C  {"id":"P"}
  = running, wake +310s
> reject C
  AttemptFailed C/1 rejected
  StepHeld C: it failed after the pivot `P`, where there is no way back
  = suspended
> drop C "the shop is closed"
  StepGivenUp C
  Failing Dropped: 422 no
  Drained
  UndoStarted C:undo (bare)
  AttemptStarted C:undo/1
  do C:undo/1  key s1:C:undo
  = compensating, wake +310s
> ok C:undo
  Completed C:undo {"id":"C:undo"}
  Undone 3
  Ended faulted, standing: A, P
  = faulted
