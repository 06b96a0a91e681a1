# 10. After the pivot a refused step is held; edited, its old epoch is undone first
do:
- A: { call: s.do, compensate: s.undo }
- P: { call: s.do, pivot: true }
- C: { call: s.do, compensate: s.undo, with: { n: 1 } }
----
> start
  Submitted
  AttemptStarted A/1
  do A/1  key s1:A
  = running, wake +310s
> ok A
  Completed A {"id":"A"}
  AttemptStarted P/1
  do P/1  key s1:P  {"id":"A"}
  = running, wake +310s
> ok P
  PivotPassed P
  Completed P {"id":"P"}
  AttemptStarted C/1
  do C/1  key s1:C  {"n":1}
  = running, wake +310s
> reject C
  AttemptFailed C/1 rejected
  StepHeld C: it failed after the pivot `P`, where there is no way back
  = suspended
> retry C {"n":2}
  EpochOpened C
  UndoStarted C:undo (bare)
  AttemptStarted C:undo/1
  do C:undo/1  key s1:C:undo
  = running, wake +310s
> ok C:undo
  Completed C:undo {"id":"C:undo"}
  Undone 2
  AttemptStarted C/2
  do C/2  key s1:C:e1  {"n":2}
  = running, wake +310s
> ok C
  Completed C {"id":"C"}
  Ended completed
  = completed
> show
  A  succeeded  [1 succeeded]
  P  succeeded  [1 succeeded]
  C  rejected  [1 rejected]  (replaced by an edited retry)
  C:undo  succeeded  [1 succeeded]
  C  succeeded  [2 succeeded]
  {"standing":[],"maybe":[],"late":0,"letters":[]}
