# A timeout runs on in a pause
do:
- A: { call: s.do, compensate: s.undo }
- B: { call: r.do, compensate: r.undo, timeout: { after: { seconds: 3 } } }
----
> start
  Submitted
  AttemptStarted A/1
  do A/1  key s1:A
  = running, wake +310s
> pause
  Paused
  = suspended, wake +309990ms
> ok A
  Completed A {"id":"A"}
  = suspended
> resume
  Resumed
  AttemptStarted B/1
  do B/1  key s1:B  {"id":"A"}
  = running, wake +3s
> busy B
  AttemptFailed B/1 rejected
  RetryScheduled B in 1s
  = running, wake +1s
> pause
  Paused
  = suspended, wake +990ms
> after 1s
  Readied B
  = suspended, wake +1970ms
> after 2s
  StepGivenUp B
  Failing Error: 408 Timeout
  Drained
  = suspended
> resume
  Resumed
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
> ok A:undo
  Completed A:undo {"id":"A:undo"}
  Undone 1
  Ended compensated
  = compensated
