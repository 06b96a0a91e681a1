# 2b. B was unknown, then the worker had no credentials to send it again: that proves nothing of the first attempt
do:
- B: { call: f.do, compensate: f.undo, retry: { limit: { attempt: { count: 1 } }, delay: { seconds: 1 } } }
----
> start
  Submitted
  AttemptStarted B/1
  do B/1  key s1:B
  = running, wake +310s
> unknown B
  AttemptFailed B/1 unknown
  RetryScheduled B in 1s
  = running, wake +1s
> after 2s
  AttemptStarted B/2
  do B/2  key s1:B
  = running, wake +310s
> unsent B
  AttemptFailed B/2 rejected
  StepGivenUp B
  Failing Error: 401 no
  Drained
  UndoStarted B:undo (bare)
  AttemptStarted B:undo/1
  do B:undo/1  key s1:B:undo
  = compensating, wake +310s
> gone B:undo
  AttemptFailed B:undo/1 rejected
  Completed B:undo null
  Undone 1
  Ended compensated
  = compensated
