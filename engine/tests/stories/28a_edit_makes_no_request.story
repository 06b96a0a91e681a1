# An edited input that makes no request: the old epoch is undone and cannot be sent again
do:
- A: { call: s.do, compensate: s.undo }
- P: { call: s.do, pivot: true }
- C: { call: s.put, with: { n: 1 }, compensate: s.undo }
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
  do C/1  key s1:C  POST /put/1  {}
  = running, wake +310s
> reject C
  AttemptFailed C/1 rejected
  StepHeld C: it failed after the pivot `P`, where there is no way back
  = suspended
> retry C {}
  EpochOpened C
  UndoStarted C:undo (bare)
  AttemptStarted C:undo/1
  do C:undo/1  key s1:C:undo
  = running, wake +310s
> ok C:undo
  Completed C:undo {"id":"C:undo"}
  Undone 2
  StepHeld C: the edited input makes no request
  = suspended
# Its old epoch is undone; sent again it would stand.
> retry C
  refused edit-needed: the old input of `C` was undone and cannot be sent again: retry it with an input that makes a request, skip or drop it
# What lands of the old epoch now is late.
> ok C/1
  LateSuccess #2
  UndoStarted C:undo.1
  AttemptStarted C:undo.1/2
  do C:undo.1/2  key s1:C:undo.1  {"id":"C/1"}
  = running, wake +310s
> ok C:undo.1
  Completed C:undo.1 {"id":"C:undo.1"}
  Undone 2
  = suspended
> retry C {"n":2}
  EpochOpened C
  AttemptStarted C/2
  do C/2  key s1:C:e1  POST /put/2  {}
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
  C:undo.1  succeeded  [2 succeeded]
  C  succeeded  [2 succeeded]
  {"standing":[],"maybe":[],"late":1,"letters":[]}
