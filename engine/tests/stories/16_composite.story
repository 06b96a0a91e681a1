# 16. A composite's own compensation stands for those below it
do:
- K:
    do:
    - A: { call: s.do, compensate: s.undo }
    - B: { call: s.do, compensate: s.undo }
    compensate: s.undo
- C: { call: s.do, compensate: s.undo }
----
> start
  Submitted
  Entered K
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
  Completed K {"id":"B"}
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
  Undone 4
  UndoStarted K:undo
  AttemptStarted K:undo/1
  do K:undo/1  key s1:K:undo  {"id":"B"}
  = compensating, wake +310s
> ok K:undo
  Completed K:undo {"id":"K:undo"}
  Undone 3
  Ended compensated
  = compensated
