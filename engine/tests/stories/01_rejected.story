# 1. C is refused: it is undone too, for its rejection proves nothing; then B, then A
do:
- A: { call: s.do, compensate: s.undo }
- B: { call: s.do, compensate: s.undo }
- C: { call: s.do, compensate: s.undo }
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
> ok B
  Completed B {"id":"B"}
  AttemptStarted C/1
  do C/1  key s1:C  {"id":"B"}
  = running, wake +310s
> reject C
  AttemptFailed C/1 rejected
  StepGivenUp C
  Failing Error: 422 no
  Drained
  UndoStarted C:undo (bare)
  AttemptStarted C:undo/1
  do C:undo/1  key s1:C:undo
  = compensating, wake +310s
> gone C:undo
  AttemptFailed C:undo/1 rejected
  Completed C:undo null
  Undone 3
  UndoStarted B:undo
  AttemptStarted B:undo/1
  do B:undo/1  key s1:B:undo  {"id":"B"}
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
> show
  A  succeeded  [1 succeeded]
  B  succeeded  [1 succeeded]
  C  rejected  [1 rejected]
  C:undo  succeeded  [1 rejected]
  B:undo  succeeded  [1 succeeded]
  A:undo  succeeded  [1 succeeded]
  {"standing":[],"maybe":[],"late":0,"letters":[]}
