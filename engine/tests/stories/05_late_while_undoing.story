# 5. The success comes while the undo without an output is out: a second round follows
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
> ok A
  LateSuccess #1
  = compensating, wake +309990ms
> ok A:undo
  Completed A:undo {"id":"A:undo"}
  Undone 1
  UndoStarted A:undo.1
  AttemptStarted A:undo.1/2
  do A:undo.1/2  key s1:A:undo.1  {"id":"A"}
  = compensating, wake +310s
> gone A:undo.1
  AttemptFailed A:undo.1/2 rejected
  Completed A:undo.1 null
  Undone 1
  Ended compensated
  = compensated
