# Inside a compensation such a call is held; what a whole compensation gives, nobody reads
do:
- A: { call: s.do, compensate: { do: [{ one: { call: s.undo, output: { as: '${ error("no") }' } } }, { two: { call: s.undo } }] } }
- B: { call: s.do, compensate: { call: s.undo, output: { as: '${ error("no") }' } } }
- fail: { raise: { error: { type: 'https://x.example/no', status: 409, title: No } } }
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
> ok B:undo
  Completed B:undo {"id":"B:undo"}
  Undone 2
  UndoStarted A:undo
  Entered A:undo
  AttemptStarted A:undo/one/1
  do A:undo/one/1  key s1:A:undo/one  {"id":"A"}
  = compensating, wake +310s
> ok A:undo/one
  OutputHeld A:undo/one: it is done, but its output has not the shape it needs: a compensation failed
  = suspended
> skip A:undo/one
  Completed A:undo/one (skipped) null
  AttemptStarted A:undo/two/2
  do A:undo/two/2  key s1:A:undo/two
  = compensating, wake +310s
> ok A:undo/two
  Completed A:undo/two {"id":"A:undo/two"}
  Completed A:undo {"id":"A:undo/two"}
  Undone 1
  Ended compensated
  = compensated
