# 15. The loser of a competing fork is awaited and undone before the next task
do:
- race:
    fork:
      compete: true
      branches:
      - A: { call: s.do, compensate: s.undo }
      - B: { call: s.do, compensate: s.undo }
- C: { call: s.do, compensate: s.undo }
----
> start
  Submitted
  Entered race
  AttemptStarted A/1
  AttemptStarted B/1
  do A/1  key s1:A
  do B/1  key s1:B
  = running, wake +310s
> ok A
  Completed A {"id":"A"}
  BranchWon race 0
  = running, wake +309990ms
> ok B
  Completed B {"id":"B"}
  UndoStarted B:undo
  AttemptStarted B:undo/1
  do B:undo/1  key s1:B:undo  {"id":"B"}
  = running, wake +310s
> ok B:undo
  Completed B:undo {"id":"B:undo"}
  Undone 2
  Completed race {"id":"A"}
  AttemptStarted C/1
  do C/1  key s1:C  {"id":"A"}
  = running, wake +310s
> ok C
  Completed C {"id":"C"}
  Ended completed
  = completed
