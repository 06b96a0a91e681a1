# A job given up by the queue while its saga goes back counts as unknown
do:
- both: { fork: { branches: [{ A: { call: s.do, compensate: s.undo } }, { B: { call: s.do, compensate: s.undo } }] } }
----
> start
  Submitted
  Entered both
  AttemptStarted A/1
  AttemptStarted B/1
  do A/1  key s1:A
  do B/1  key s1:B
  = running, wake +310s
> reject B
  AttemptFailed B/1 rejected
  StepGivenUp B
  BranchFailed both 1
  = running, wake +309990ms
> poison A
  AttemptFailed A/1 unknown
  StepGivenUp A
  Left both
  Failing Error: 422 no
  Drained
  UndoStarted A:undo (bare)
  AttemptStarted A:undo/1
  do A:undo/1  key s1:A:undo
  = compensating, wake +310s
> ok A:undo
  Completed A:undo {"id":"A:undo"}
  Undone 2
  UndoStarted B:undo (bare)
  AttemptStarted B:undo/1
  do B:undo/1  key s1:B:undo
  = compensating, wake +310s
> ok B:undo
  Completed B:undo {"id":"B:undo"}
  Undone 1
  Ended compensated
  = compensated
