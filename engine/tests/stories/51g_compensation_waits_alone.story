# One compensation at a time: while one waits, none that a person lets go on starts
do:
- A: { call: s.do, compensate: { do: [{ calm: { wait: { minutes: 5 } } }, { a1: { call: s.undo } }] } }
- B: { call: s.do, compensate: s.undo }
- fail: { raise: { error: { type: 'https://x.example/no', status: 409, title: No } } }
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
  Failed fail: 409 No
  Failing Error: 409 No
  Drained
  UndoStarted B:undo
  AttemptStarted B:undo/1
  do B:undo/1  key s1:B:undo  {"id":"B"}
  = compensating, wake +310s
> reject B:undo
  AttemptFailed B:undo/1 rejected
  StepHeld B:undo: a compensation is refused
  UndoStarted A:undo
  Entered A:undo
  Entered A:undo/calm
  = compensating, wake +5m
> retry B:undo
  Retried B:undo
  = compensating, wake +299990ms
> after 5m
  Completed A:undo/calm {"id":"A"}
  AttemptStarted B:undo/2
  do B:undo/2  key s1:B:undo  {"id":"B"}
  = compensating, wake +310s
> ok B:undo
  Completed B:undo {"id":"B:undo"}
  Undone 2
  AttemptStarted A:undo/a1/1
  do A:undo/a1/1  key s1:A:undo/a1  {"id":"A"}
  = compensating, wake +310s
> ok A:undo/a1
  Completed A:undo/a1 {"id":"A:undo/a1"}
  Completed A:undo {"id":"A:undo/a1"}
  Undone 1
  Ended compensated
  = compensated
