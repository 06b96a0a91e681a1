# A cancel closes forward dead letters; one in a rollback changes nothing
do:
- A: { call: s.do, compensate: s.undo }
- B: { call: s.do, compensate: s.undo }
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
> poison B
  AttemptFailed B/1 unknown
  StepHeld B: the queue gave the job up (delivery_limit): it may be poison to workers
  = suspended
> cancel
  Failing Cancel: 409 The saga was cancelled
  StepGivenUp B
  Drained
  UndoStarted B:undo (bare)
  AttemptStarted B:undo/1
  do B:undo/1  key s1:B:undo
  = compensating, wake +310s
> ok B:undo
  Completed B:undo {"id":"B:undo"}
  Undone 2
  UndoStarted A:undo
  AttemptStarted A:undo/1
  do A:undo/1  key s1:A:undo  {"id":"A"}
  = compensating, wake +310s
> reject A:undo
  AttemptFailed A:undo/1 rejected
  StepHeld A:undo: a compensation is refused
  = suspended
> cancel
  = suspended
> retry B
  refused letter-unknown: `s1/B` is no open dead letter: it was settled, or never was one
> retry A:undo
  Retried A:undo
  AttemptStarted A:undo/2
  do A:undo/2  key s1:A:undo  {"id":"A"}
  = compensating, wake +310s
> ok A:undo
  Completed A:undo {"id":"A:undo"}
  Undone 1
  Ended cancelled
  = cancelled
> cancel
  refused saga-final: saga `s1` is cancelled, which is final: it cannot be cancelled
> pause
  refused saga-final: saga `s1` is cancelled, which is final: it cannot be paused
> resume
  refused saga-final: saga `s1` is cancelled, which is final: it cannot be resumed
