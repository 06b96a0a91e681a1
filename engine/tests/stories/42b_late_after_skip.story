# The same, after a person skipped the compensation: one more round
do:
- A: { call: s.do, compensate: s.undo }
----
> start
  Submitted
  AttemptStarted A/1
  do A/1  key s1:A
  = running, wake +310s
> unknown A
  AttemptFailed A/1 unknown
  StepGivenUp A
  Failing Error: 500 no
  Drained
  UndoStarted A:undo (bare)
  AttemptStarted A:undo/1
  do A:undo/1  key s1:A:undo
  = compensating, wake +310s
> reject A:undo
  AttemptFailed A:undo/1 rejected
  StepHeld A:undo: a compensation is refused
  = suspended
> skip A:undo "nothing there"
  UndoSkipped 1 nothing there
  Ended compensated
  = compensated
> ok A
  LateSuccess #1
  UndoStarted A:undo.1
  AttemptStarted A:undo.1/2
  do A:undo.1/2  key s1:A:undo.1  {"id":"A"}
  = compensated, wake +310s
> ok A:undo.1
  Completed A:undo.1 {"id":"A:undo.1"}
  Undone 1
  = compensated
> show
  A  unknown  [1 unknown]  (it succeeded after it was given up)
  A:undo  skipped  [1 rejected]  (nothing there)
  A:undo.1  succeeded  [2 succeeded]
  {"standing":[],"maybe":[],"late":1,"letters":[]}
