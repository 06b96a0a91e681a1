# A branch that fails only loses: the others go on, and what it did is undone with the losers'
do:
- race: { fork: { compete: true, branches: [{ A: { call: s.do, compensate: s.undo } }, { B: { call: s.do, compensate: s.undo } }, { C: { call: s.do, compensate: s.undo } }] } }
- after: { call: s.do }
----
> start
  Submitted
  Entered race
  AttemptStarted A/1
  AttemptStarted B/1
  AttemptStarted C/1
  do A/1  key s1:A
  do B/1  key s1:B
  do C/1  key s1:C
  = running, wake +310s
> unknown A
  AttemptFailed A/1 unknown
  StepGivenUp A
  BranchFailed race 0
  = running, wake +309990ms
> ok B
  Completed B {"id":"B"}
  BranchWon race 1
  = running, wake +309980ms
> ok C
  Completed C {"id":"C"}
  UndoStarted C:undo
  AttemptStarted C:undo/1
  do C:undo/1  key s1:C:undo  {"id":"C"}
  = running, wake +310s
> ok C:undo
  Completed C:undo {"id":"C:undo"}
  Undone 3
  UndoStarted A:undo (bare)
  AttemptStarted A:undo/1
  do A:undo/1  key s1:A:undo
  = running, wake +310s
> ok A:undo
  Completed A:undo {"id":"A:undo"}
  Undone 1
  Completed race {"id":"B"}
  AttemptStarted after/1
  do after/1  key s1:after  {"id":"B"}
  = running, wake +310s
> ok after
  Completed after {"id":"after"}
  Ended completed
  = completed
