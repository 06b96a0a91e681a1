# 4. A timed out and nothing was found to undo; its success comes after the end: one more round, with the output and a new key
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
> gone A:undo
  AttemptFailed A:undo/1 rejected
  Completed A:undo null
  Undone 1
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
> ok A
  = compensated
> show
  A  unknown  [1 unknown]  (it succeeded after it was given up)
  A:undo  succeeded  [1 rejected]
  A:undo.1  succeeded  [2 succeeded]
  {"standing":[],"maybe":[],"late":1,"letters":[]}
