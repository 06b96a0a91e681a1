# A success of an epoch that was replaced, while its undo is out
do:
- P: { call: s.do, pivot: true }
- C: { call: s.do, compensate: s.undo }
----
> start
  Submitted
  AttemptStarted P/1
  do P/1  key s1:P
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
> retry C {"n":2}
  EpochOpened C
  UndoStarted C:undo (bare)
  AttemptStarted C:undo/1
  do C:undo/1  key s1:C:undo
  = running, wake +310s
> ok C/1
  LateSuccess #1
  = running, wake +309990ms
> ok C:undo
  Completed C:undo {"id":"C:undo"}
  Undone 1
  UndoStarted C:undo.1
  AttemptStarted C:undo.1/2
  do C:undo.1/2  key s1:C:undo.1  {"id":"C/1"}
  = running, wake +310s
> ok C:undo.1
  Completed C:undo.1 {"id":"C:undo.1"}
  Undone 1
  AttemptStarted C/2
  do C/2  key s1:C:e1  {"n":2}
  = running, wake +310s
> ok C
  Completed C {"id":"C"}
  Ended completed
  = completed
> show
  P  succeeded  [1 succeeded]
  C  rejected  [1 rejected]  (it succeeded after it was given up)
  C:undo  succeeded  [1 succeeded]
  C:undo.1  succeeded  [2 succeeded]
  C  succeeded  [2 succeeded]
  {"standing":[],"maybe":[],"late":1,"letters":[]}
