# 6. B fails while A is out: A is awaited, completes last, and is undone first
do:
- both:
    fork:
      branches:
      - A: { call: s.do, compensate: s.undo }
      - B: { call: s.do, compensate: s.undo }
- C: { call: s.do, compensate: s.undo }
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
> ok A
  Completed A {"id":"A"}
  Left both
  Failing Error: 422 no
  Drained
  UndoStarted A:undo
  AttemptStarted A:undo/1
  do A:undo/1  key s1:A:undo  {"id":"A"}
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
> show
  A  succeeded  [1 succeeded]  in both
  B  rejected  [1 rejected]  in both
  A:undo  succeeded  [1 succeeded]
  B:undo  succeeded  [1 succeeded]
  {"standing":[],"maybe":[],"late":0,"letters":[]}
