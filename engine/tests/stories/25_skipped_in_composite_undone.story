# The same, after its composite was undone: it is undone on its own
do:
- K:
    do:
    - A: { call: s.do, compensate: s.undo }
    compensate: s.undo
- fail: { raise: { error: { type: 'https://x.example/no', status: 409, title: No } } }
----
> start
  Submitted
  Entered K
  AttemptStarted A/1
  do A/1  key s1:A
  = running, wake +310s
> poison A
  AttemptFailed A/1 unknown
  StepHeld A: the queue gave the job up (delivery_limit): it may be poison to workers
  = suspended
> skip A
  Completed A (skipped) null
  Completed K null
  Failed fail: 409 No
  Failing Error: 409 No
  Drained
  UndoStarted K:undo
  AttemptStarted K:undo/1
  do K:undo/1  key s1:K:undo
  = compensating, wake +310s
> ok K:undo
  Completed K:undo {"id":"K:undo"}
  Undone 2
  Ended compensated
  = compensated
> ok A
  LateSuccess #1
  UndoStarted A:undo
  AttemptStarted A:undo/1
  do A:undo/1  key s1:A:undo  {"id":"A"}
  = compensated, wake +310s
> ok A:undo
  Completed A:undo {"id":"A:undo"}
  Undone 1
  = compensated
