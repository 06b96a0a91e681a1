# A race inside a fork that fails: what its losers did is undone before the handler starts, and not left
do:
- guarded:
    try:
    - both:
        fork:
          branches:
          - race:
              fork:
                compete: true
                branches:
                - W: { call: s.do, compensate: s.undo }
                - A: { call: s.do, compensate: s.undo }
                - B: { call: s.do, compensate: s.undo }
          - C: { call: s.do, compensate: s.undo }
    catch:
      do:
      - H: { call: s.do }
----
> start
  Submitted
  Entered guarded
  Entered both
  Entered race
  AttemptStarted C/1
  AttemptStarted W/1
  AttemptStarted A/1
  AttemptStarted B/1
  do C/1  key s1:C
  do W/1  key s1:W
  do A/1  key s1:A
  do B/1  key s1:B
  = running, wake +310s
> ok W
  Completed W {"id":"W"}
  BranchWon race 0
  = running, wake +309990ms
> ok A
  Completed A {"id":"A"}
  = running, wake +309980ms
> ok B
  Completed B {"id":"B"}
  UndoStarted B:undo
  AttemptStarted B:undo/1
  do B:undo/1  key s1:B:undo  {"id":"B"}
  = running, wake +309970ms
> reject C
  AttemptFailed C/1 rejected
  StepGivenUp C
  BranchFailed both 1
  Left race
  Left both
  Caught guarded: 422
  = running, wake +309990ms
> ok B:undo
  Completed B:undo {"id":"B:undo"}
  Undone 3
  UndoStarted C:undo (bare)
  AttemptStarted C:undo/1
  do C:undo/1  key s1:C:undo
  = running, wake +310s
> ok C:undo
  Completed C:undo {"id":"C:undo"}
  Undone 4
  UndoStarted A:undo
  AttemptStarted A:undo/1
  do A:undo/1  key s1:A:undo  {"id":"A"}
  = running, wake +310s
> ok A:undo
  Completed A:undo {"id":"A:undo"}
  Undone 2
  HandlerStarted guarded
  AttemptStarted H/1
  do H/1  key s1:H
  = running, wake +310s
> ok H
  Completed H {"id":"H"}
  Completed guarded {"id":"H"}
  Ended completed
  = completed
