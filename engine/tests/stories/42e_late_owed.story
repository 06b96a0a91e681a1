# While the undo has not begun: it gets the output
do:
- A: { call: s.do, compensate: s.undo }
- B: { call: s.do, compensate: { call: s.undo, with: { was: '${ $forward.outcome }', got: '${ . }' } } }
- both: { fork: { branches: [{ X: { call: s.do, compensate: s.undo } }, { Y: { call: s.do } }] } }
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
> skip B
  Completed B (skipped) null
  Entered both
  AttemptStarted X/1
  AttemptStarted Y/1
  do X/1  key s1:X
  do Y/1  key s1:Y
  = running, wake +310s
> reject Y
  AttemptFailed Y/1 rejected
  StepGivenUp Y
  BranchFailed both 1
  = running, wake +309990ms
> ok B
  LateSuccess #2
  = running, wake +309980ms
> ok X
  Completed X {"id":"X"}
  Left both
  Failing Error: 422 no
  Drained
  UndoStarted X:undo
  AttemptStarted X:undo/1
  do X:undo/1  key s1:X:undo  {"id":"X"}
  = compensating, wake +310s
> ok X:undo
  Completed X:undo {"id":"X:undo"}
  Undone 4
  UndoStarted B:undo
  AttemptStarted B:undo/1
  do B:undo/1  key s1:B:undo  {"was":"succeeded","got":{"id":"B"}}
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
