# After a drop it is only noted: a person decided
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
> drop A:undo "leave it"
  UndoDropped 1 leave it
  Ended faulted, standing: A
  = faulted
> ok A
  LateSuccess #1
  = faulted
> show
  A  unknown  [1 unknown]  (it succeeded after it was given up)
  A:undo  rejected  [1 rejected]  (dropped: leave it)
  {"standing":["A"],"maybe":[],"late":1,"letters":[]}
