# A success while its undo without an output is held: when that is settled, one more round
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
> ok A
  LateSuccess #1
  = suspended
> retry A:undo
  Retried A:undo
  AttemptStarted A:undo/2
  do A:undo/2  key s1:A:undo
  = compensating, wake +310s
> ok A:undo
  Completed A:undo {"id":"A:undo"}
  Undone 1
  UndoStarted A:undo.1
  AttemptStarted A:undo.1/3
  do A:undo.1/3  key s1:A:undo.1  {"id":"A"}
  = compensating, wake +310s
> ok A:undo.1
  Completed A:undo.1 {"id":"A:undo.1"}
  Undone 1
  Ended compensated
  = compensated
