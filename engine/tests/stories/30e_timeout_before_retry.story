# Nobody looks for a while: the workflow's timeout came first, so the retry that came due after it is not made
timeout: { after: { milliseconds: 500 } }
do:
- A: { call: s.do, compensate: s.undo }
- B: { call: r.do, compensate: s.undo }
----
> start
  Submitted
  AttemptStarted A/1
  do A/1  key s1:A
  = running, wake +500ms
> ok A
  Completed A {"id":"A"}
  AttemptStarted B/1
  do B/1  key s1:B  {"id":"A"}
  = running, wake +490ms
> busy B
  AttemptFailed B/1 rejected
  RetryScheduled B in 1s
  = running, wake +480ms
> after 10s
  Failing Timeout: 408 Timeout
  Readied B
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
> ok A:undo
  Completed A:undo {"id":"A:undo"}
  Undone 1
  Ended compensated
  = compensated
