# A step that was never sent leaves nothing to undo, also when it was skipped
do:
- P: { call: s.do, pivot: true }
- guarded: { try: [{ T: { call: s.do, compensate: s.undo, input: { from: '${ error("no") }' } } }, { D: { call: s.do, compensate: s.undo } }], catch: { errors: { with: { status: 422 } }, retry: { limit: { attempt: { count: 1 } }, delay: { seconds: 1 } } } }
----
> start
  Submitted
  AttemptStarted P/1
  do P/1  key s1:P
  = running, wake +310s
> ok P
  PivotPassed P
  Completed P {"id":"P"}
  Entered guarded
  TaskHeld T: it failed after the pivot `P`, where there is no way back
  = suspended
> skip T {}
  Completed T (skipped) {}
  AttemptStarted D/1
  do D/1  key s1:D  {}
  = running, wake +310s
> owed
  []
> reject D
  AttemptFailed D/1 rejected
  StepGivenUp D
  Caught guarded: 422, again in 1s
  UndoStarted D:undo (bare)
  AttemptStarted D:undo/1
  do D:undo/1  key s1:D:undo
  = running, wake +310s
> ok D:undo
  Completed D:undo {"id":"D:undo"}
  Undone 1
  = running, wake +990ms
> after 2s
  RoundStarted guarded 2
  TaskHeld T#2: it failed after the pivot `P`, where there is no way back
  = suspended
> skip T#2 {}
  Completed T#2 (skipped) {}
  AttemptStarted D#2/1
  do D#2/1  key s1:D#2  {}
  = running, wake +310s
> ok D#2
  Completed D#2 {"id":"D#2"}
  Completed guarded {"id":"D#2"}
  Ended completed
  = completed
