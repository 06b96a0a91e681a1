# The same when it may have happened: a person answers, and the cancel waits
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
> unknown P
  AttemptFailed P/1 unknown
  RetryScheduled P in 1s
  = running, wake +1s
> cancel
  Pending Cancel
  StepHeld P: the pivot is in doubt: did it happen? skip says yes, drop says no
  = suspended
> pause
  Paused
  = suspended
> cancel
  Resumed
  = suspended
> retry P
  Retried P
  AttemptStarted P/2
  do P/2  key s1:P  {"id":"A"}
  = running, wake +310s
> reject P
  AttemptFailed P/2 rejected
  StepHeld P: the pivot is in doubt: did it happen? skip says yes, drop says no
  = suspended
> drop P "no"
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
