# 8b. As 7, dropped: the effect stands, and the saga says so
do:
- A: { call: s.do, compensate: s.undo }
- B: { call: s.do, compensate: s.undo }
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
> reject B
  AttemptFailed B/1 rejected
  StepGivenUp B
  Failing Error: 422 no
  Drained
  UndoStarted B:undo (bare)
  AttemptStarted B:undo/1
  do B:undo/1  key s1:B:undo
  = compensating, wake +310s
> ok B:undo
  Completed B:undo {"id":"B:undo"}
  Undone 2
  UndoStarted A:undo
  AttemptStarted A:undo/1
  do A:undo/1  key s1:A:undo  {"id":"A"}
  = compensating, wake +310s
> reject A:undo
  AttemptFailed A:undo/1 rejected
  StepHeld A:undo: a compensation is refused
  = suspended
> drop A:undo "written off"
  UndoDropped 1 written off
  Ended faulted, standing: A
  = faulted
> show
  A  succeeded  [1 succeeded]
  B  rejected  [1 rejected]
  B:undo  succeeded  [1 succeeded]
  A:undo  rejected  [1 rejected]  (dropped: written off)
  {"standing":["A"],"maybe":[],"late":0,"letters":[]}
