# A cancel meets a pivot that waits for its next attempt: none is made; the refusal is believed, and the cancel acts
do:
- A: { call: s.do, compensate: s.undo }
- P: { call: r.do, pivot: true }
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
> busy P
  AttemptFailed P/1 rejected
  RetryScheduled P in 1s
  = running, wake +1s
> cancel
  Pending Cancel
  StepGivenUp P
  Failing Cancel: 409 The saga was cancelled
  Drained
  UndoStarted A:undo
  AttemptStarted A:undo/1
  do A:undo/1  key s1:A:undo  {"id":"A"}
  = compensating, wake +310s
> ok A:undo
  Completed A:undo {"id":"A:undo"}
  Undone 1
  Ended cancelled
  = cancelled
