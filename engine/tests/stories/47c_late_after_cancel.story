# What is undone after the end changes no final status
do:
- A: { call: s.do, compensate: s.undo }
----
> start
  Submitted
  AttemptStarted A/1
  do A/1  key s1:A
  = running, wake +310s
> cancel
  Failing Cancel: 409 The saga was cancelled
  = compensating, wake +309990ms
> after 311s
  AttemptFailed A/1 unknown
  StepGivenUp A
  Drained
  UndoStarted A:undo (bare)
  AttemptStarted A:undo/1
  do A:undo/1  key s1:A:undo
  = compensating, wake +310s
> gone A:undo
  AttemptFailed A:undo/1 rejected
  Completed A:undo null
  Undone 1
  Ended cancelled
  = cancelled
> ok A/1
  LateSuccess #1
  UndoStarted A:undo.1
  AttemptStarted A:undo.1/2
  do A:undo.1/2  key s1:A:undo.1  {"id":"A/1"}
  = cancelled, wake +310s
> ok A:undo.1
  Completed A:undo.1 {"id":"A:undo.1"}
  Undone 1
  = cancelled
