# An edited retry in progress belongs to the rollback (S22): the cancel waits for the undo of the old epoch
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
> retry B {"n":2}
  EpochOpened B
  UndoStarted B:undo (bare)
  AttemptStarted B:undo/1
  do B:undo/1  key s1:B:undo
  = running, wake +310s
> cancel
  Failing Cancel: 409 The saga was cancelled
  StepGivenUp B
  Drained
  = compensating, wake +309990ms
> ok B:undo
  Completed B:undo {"id":"B:undo"}
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
