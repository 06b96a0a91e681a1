# A pivot with a compensation that the queue gives up while a cancel waits: it is undone, and the cancel acts
do:
- A: { call: s.do, compensate: s.undo }
- P: { call: s.do, pivot: true, compensate: s.undo }
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
> cancel
  Pending Cancel
  = running, wake +309990ms
> poison P
  AttemptFailed P/1 unknown
  StepGivenUp P
  Failing Cancel: 409 The saga was cancelled
  Drained
  UndoStarted P:undo (bare)
  AttemptStarted P:undo/1
  do P:undo/1  key s1:P:undo
  = compensating, wake +310s
> ok P:undo
  Completed P:undo {"id":"P:undo"}
  Undone 2
  UndoStarted A:undo
  AttemptStarted A:undo/1
  do A:undo/1  key s1:A:undo  {"id":"A"}
  = compensating, wake +310s
> ok A:undo
  Completed A:undo {"id":"A:undo"}
  Undone 1
  Ended cancelled
  = cancelled
