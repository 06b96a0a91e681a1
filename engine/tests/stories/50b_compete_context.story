# 50b. Of a competing fork only the winner's exports stay
do:
- race:
    fork:
      compete: true
      branches:
      - A: { call: s.do, compensate: s.undo, export: { as: '${ { by: "A" } }' } }
      - B: { call: s.do, compensate: s.undo, export: { as: '${ { by: "B" } }' } }
- after: { call: s.do, with: { sees: '${ $context }' }, compensate: s.undo }
----
> start
  Submitted
  Entered race
  AttemptStarted A/1
  AttemptStarted B/1
  do A/1  key s1:A
  do B/1  key s1:B
  = running, wake +310s
> ok B
  Completed B {"id":"B"}
  BranchWon race 1
  = running, wake +309990ms
> ok A
  Completed A {"id":"A"}
  UndoStarted A:undo
  AttemptStarted A:undo/1
  do A:undo/1  key s1:A:undo  {"id":"A"}
  = running, wake +310s
> ok A:undo
  Completed A:undo {"id":"A:undo"}
  Undone 2
  Joined race
  Completed race {"id":"B"}
  AttemptStarted after/1
  do after/1  key s1:after  {"sees":{"by":"B"}}
  = running, wake +310s
