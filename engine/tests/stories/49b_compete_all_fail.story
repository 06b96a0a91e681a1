# When every branch fails the last error leaves
do:
- race: { fork: { compete: true, branches: [{ A: { call: s.do, compensate: s.undo } }, { B: { call: s.do, compensate: s.undo } }] } }
----
> start
  Submitted
  Entered race
  AttemptStarted A/1
  AttemptStarted B/1
  do A/1  key s1:A
  do B/1  key s1:B
  = running, wake +310s
> reject A
  AttemptFailed A/1 rejected
  StepGivenUp A
  BranchFailed race 0
  = running, wake +309990ms
> unknown B
  AttemptFailed B/1 unknown
  StepGivenUp B
  BranchFailed race 1
  Left race
  Failing Error: 500 no
  Drained
  UndoStarted B:undo (bare)
  AttemptStarted B:undo/1
  do B:undo/1  key s1:B:undo
  = compensating, wake +310s
> ok B:undo
  Completed B:undo {"id":"B:undo"}
  Undone 2
  UndoStarted A:undo (bare)
  AttemptStarted A:undo/1
  do A:undo/1  key s1:A:undo
  = compensating, wake +310s
> ok A:undo
  Completed A:undo {"id":"A:undo"}
  Undone 1
  Ended compensated
  = compensated
