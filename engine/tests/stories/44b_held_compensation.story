# A compensation that cannot be rendered is held; its input is given by hand, and not in a pause
do:
- A: { call: s.do, compensate: { call: s.undo, with: { n: '${ .id + 1 }' } } }
- fail: { raise: { error: { type: 'https://x.example/no', status: 409, title: No } } }
----
> start
  Submitted
  AttemptStarted A/1
  do A/1  key s1:A
  = running, wake +310s
> ok A
  Completed A {"id":"A"}
  Failed fail: 409 No
  Failing Error: 409 No
  Drained
  UndoStarted A:undo
  TaskHeld A:undo: a compensation failed
  = suspended
> retry A:undo
  LetterClosed A:undo
  TaskHeld A:undo: a compensation failed
  = suspended
> pause
  Paused
  = suspended
> retry A:undo {"n":2}
  refused saga-paused: `A:undo` would run at once, and saga `s1` is paused: resume it first
> resume
  Resumed
  = suspended
> retry A:undo {"n":2}
  LetterClosed A:undo
  AttemptStarted A:undo/1
  do A:undo/1  key s1:A:undo  {"n":2}
  = compensating, wake +310s
> ok A:undo
  Completed A:undo {"id":"A:undo"}
  Undone 1
  Ended compensated
  = compensated
