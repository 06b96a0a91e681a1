# A person's retry has its policy's retries before it again
do:
- A: { call: s.do, compensate: r.undo }
- fail: { raise: { error: { type: 'https://x.example/no', status: 409, title: No } } }
----
> start
  Submitted
  AttemptStarted A/1
  do A/1  key s1:A
  = running, wake +310s
> ok A
  Completed A {"id":"A"}
  Failed fail: 409 No
  Failing Error: 409 No
  Drained
  UndoStarted A:undo
  AttemptStarted A:undo/1
  do A:undo/1  key s1:A:undo  {"id":"A"}
  = compensating, wake +310s
> unknown A:undo
  AttemptFailed A:undo/1 unknown
  RetryScheduled A:undo in 1s
  = compensating, wake +1s
> after 2s
  AttemptStarted A:undo/2
  do A:undo/2  key s1:A:undo  {"id":"A"}
  = compensating, wake +310s
> unknown A:undo
  AttemptFailed A:undo/2 unknown
  StepHeld A:undo: a compensation is out of retries
  = suspended
> retry A:undo
  Retried A:undo
  AttemptStarted A:undo/3
  do A:undo/3  key s1:A:undo  {"id":"A"}
  = compensating, wake +310s
> unknown A:undo
  AttemptFailed A:undo/3 unknown
  RetryScheduled A:undo in 1s
  = compensating, wake +1s
> after 2s
  AttemptStarted A:undo/4
  do A:undo/4  key s1:A:undo  {"id":"A"}
  = compensating, wake +310s
> ok A:undo
  Completed A:undo {"id":"A:undo"}
  Undone 1
  Ended compensated
  = compensated
