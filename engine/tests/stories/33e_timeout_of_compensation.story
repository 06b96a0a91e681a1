# The timeout of a compensation holds it
do:
- A: { call: s.do, compensate: { call: s.undo, timeout: { after: { seconds: 3 } } } }
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
  = compensating, wake +3s
> after 3s
  AttemptFailed A:undo/1 unknown
  StepHeld A:undo: a compensation is out of time
  = suspended
> retry A:undo
  Retried A:undo
  AttemptStarted A:undo/2
  do A:undo/2  key s1:A:undo  {"id":"A"}
  = compensating, wake +310s
> ok A:undo
  Completed A:undo {"id":"A:undo"}
  Undone 1
  Ended compensated
  = compensated
