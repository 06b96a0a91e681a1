# A `then` that goes back in a compensation makes a new call, with a key of its own
do:
- A: { call: s.do, compensate: { do: [{ one: { call: s.undo } }, { two: { call: s.undo, if: '${ .again }', then: one } }] } }
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
  Entered A:undo
  AttemptStarted A:undo/one/1
  do A:undo/one/1  key s1:A:undo/one  {"id":"A"}
  = compensating, wake +310s
> ok A:undo/one {"again":true}
  Completed A:undo/one {"again":true}
  AttemptStarted A:undo/two/2
  do A:undo/two/2  key s1:A:undo/two  {"again":true}
  = compensating, wake +310s
> ok A:undo/two {}
  Completed A:undo/two {}
  AttemptStarted A:undo/one~1/3
  do A:undo/one~1/3  key s1:A:undo/one~1  {}
  = compensating, wake +310s
> ok A:undo/one~1 {}
  Completed A:undo/one~1 {}
  Passed A:undo
  Completed A:undo {}
  Undone 1
  Ended compensated
  = compensated
