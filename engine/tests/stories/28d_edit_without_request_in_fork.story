# The second edit goes on from the step's own old epoch, not from what a branch did since
do:
- P: { call: s.do, pivot: true }
- both:
    fork:
      branches:
      - C: { call: s.put, with: { n: 1 }, compensate: s.undo }
      - D: { call: s.do, compensate: s.undo }
----
> start
  Submitted
  AttemptStarted P/1
  do P/1  key s1:P
  = running, wake +310s
> ok P
  PivotPassed P
  Completed P {"id":"P"}
  Entered both
  AttemptStarted C/1
  AttemptStarted D/1
  do C/1  key s1:C  POST /put/1  {}
  do D/1  key s1:D  {"id":"P"}
  = running, wake +310s
> reject C
  AttemptFailed C/1 rejected
  StepHeld C: it failed after the pivot `P`, where there is no way back
  = running, wake +309990ms
> retry C {}
  EpochOpened C
  UndoStarted C:undo (bare)
  AttemptStarted C:undo/1
  do C:undo/1  key s1:C:undo
  = running, wake +309980ms
> ok C:undo
  Completed C:undo {"id":"C:undo"}
  Undone 1
  StepHeld C: the edited input makes no request
  = running, wake +309970ms
> ok D
  Completed D {"id":"D"}
  = suspended
> retry C {"n":2}
  EpochOpened C
  AttemptStarted C/2
  do C/2  key s1:C:e1  POST /put/2  {}
  = running, wake +310s
> ok C
  Completed C {"id":"C"}
  Completed both [{"id":"C"},{"id":"D"}]
  Ended completed
  = completed
> show
  P  succeeded  [1 succeeded]
  C  rejected  [1 rejected]  in both  (replaced by an edited retry)
  D  succeeded  [1 succeeded]  in both
  C:undo  succeeded  [1 succeeded]
  C  succeeded  [2 succeeded]  in both
  {"standing":[],"maybe":[],"late":0,"letters":[]}
