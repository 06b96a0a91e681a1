# What is known to have happened must not be missing: 404 is a dead letter, and when retried after an unknown it is not
do:
- A: { call: s.do, compensate: { call: r.undo, retry: { limit: { attempt: { count: 1 } }, delay: { seconds: 1 } } } }
- B: { call: s.do, compensate: s.undo }
- fail: { raise: { error: { type: 'https://x.example/no', status: 409, title: No } } }
----
> start
  Submitted
  AttemptStarted A/1
  do A/1  key s1:A
  = running, wake +310s
> ok A
  Completed A {"id":"A"}
  AttemptStarted B/1
  do B/1  key s1:B  {"id":"A"}
  = running, wake +310s
> ok B
  Completed B {"id":"B"}
  Failed fail: 409 No
  Failing Error: 409 No
  Drained
  UndoStarted B:undo
  AttemptStarted B:undo/1
  do B:undo/1  key s1:B:undo  {"id":"B"}
  = compensating, wake +310s
> gone B:undo
  AttemptFailed B:undo/1 rejected
  StepHeld B:undo: a compensation is refused
  = suspended
> retry B:undo {"n":1}
  UndoEdited 2
  UndoStarted B:undo.1
  AttemptStarted B:undo.1/2
  do B:undo.1/2  key s1:B:undo.1  {"n":1}
  = compensating, wake +310s
> gone B:undo.1
  AttemptFailed B:undo.1/2 rejected
  Completed B:undo.1 null
  Undone 2
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
> gone A:undo
  AttemptFailed A:undo/2 rejected
  Completed A:undo null
  Undone 1
  Ended compensated
  = compensated
