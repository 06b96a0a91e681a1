# 19. A cancel ends the wait and undoes what was done
do:
- A: { call: s.do, compensate: s.undo }
- nap: { wait: { hours: 1 } }
- B: { call: s.do, compensate: s.undo }
----
> start
  Submitted
  AttemptStarted A/1
  do A/1  key s1:A
  = running, wake +310s
> ok A
  Completed A {"id":"A"}
  Entered nap
  = waiting, wake +1h
> cancel
  Failing Cancel: 409 The saga was cancelled
  StepStopped nap
  Drained
  UndoStarted A:undo
  AttemptStarted A:undo/1
  do A:undo/1  key s1:A:undo  {"id":"A"}
  = compensating, wake +310s
> ok A:undo
  Completed A:undo {"id":"A:undo"}
  Undone 1
  Ended cancelled
  = cancelled
