# A pivot that was refused and is held by its policy is not in doubt: the cancel acts at once
do:
- A: { call: s.do, compensate: s.undo }
- P: { call: s.do, pivot: true, retry: { limit: { attempt: { count: 0 } } }, onExhausted: hold }
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
  StepHeld P: out of retries, and its policy says hold
  = suspended
> cancel
  Failing Cancel: 409 The saga was cancelled
  StepGivenUp P
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
