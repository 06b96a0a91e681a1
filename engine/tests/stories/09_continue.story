# 9. With onError continue the others are undone; the end waits for the dead letter
do:
- A: { call: s.do, compensate: s.undo }
- B: { call: s.do, compensate: s.undo }
- C: { call: s.do, compensate: s.undo }
saga: { compensation: { onError: continue } }
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
> ok C:undo
  Completed C:undo {"id":"C:undo"}
  Undone 3
  UndoStarted B:undo
  AttemptStarted B:undo/1
  do B:undo/1  key s1:B:undo  {"id":"B"}
  = compensating, wake +310s
> reject B:undo
  AttemptFailed B:undo/1 rejected
  StepHeld B:undo: a compensation is refused
  UndoStarted A:undo
  AttemptStarted A:undo/1
  do A:undo/1  key s1:A:undo  {"id":"A"}
  = compensating, wake +310s
> ok A:undo
  Completed A:undo {"id":"A:undo"}
  Undone 1
  = suspended
> drop B:undo "written off"
  UndoDropped 2 written off
  Ended faulted, standing: B
  = faulted
