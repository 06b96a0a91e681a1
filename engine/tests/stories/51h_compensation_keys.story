# Each call of a compensation has a key of its own, however deep it stands and however often it runs
do:
- A: { call: s.do, compensate: { do: [{ each: { for: { in: '${ [1, 2] }' }, do: [{ inner: { do: [{ one: { call: s.undo } }] } }] } }, { back: { call: s.do, if: '${ .again }', then: each } }] } }
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
  Entered A:undo/each
  Entered A:undo/each[0]/inner
  AttemptStarted A:undo/each[0]/inner/one/1
  do A:undo/each[0]/inner/one/1  key s1:A:undo/each[0]/inner/one  {"id":"A"}
  = compensating, wake +310s
> ok A:undo/each[0]/inner/one
  Completed A:undo/each[0]/inner/one {"id":"A:undo/each[0]/inner/one"}
  Completed A:undo/each[0]/inner {"id":"A:undo/each[0]/inner/one"}
  Iterated A:undo/each 1
  Entered A:undo/each[1]/inner
  AttemptStarted A:undo/each[1]/inner/one/2
  do A:undo/each[1]/inner/one/2  key s1:A:undo/each[1]/inner/one  {"id":"A:undo/each[0]/inner/one"}
  = compensating, wake +310s
> ok A:undo/each[1]/inner/one {"again":true}
  Completed A:undo/each[1]/inner/one {"again":true}
  Completed A:undo/each[1]/inner {"again":true}
  Completed A:undo/each {"again":true}
  AttemptStarted A:undo/back/3
  do A:undo/back/3  key s1:A:undo/back  {"again":true}
  = compensating, wake +310s
> ok A:undo/back {}
  Completed A:undo/back {}
  Entered A:undo/each~1
  Entered A:undo/each~1[0]/inner
  AttemptStarted A:undo/each~1[0]/inner/one/4
  do A:undo/each~1[0]/inner/one/4  key s1:A:undo/each~1[0]/inner/one  {}
  = compensating, wake +310s
> ok A:undo/each~1[0]/inner/one
  Completed A:undo/each~1[0]/inner/one {"id":"A:undo/each~1[0]/inner/one"}
  Completed A:undo/each~1[0]/inner {"id":"A:undo/each~1[0]/inner/one"}
  Iterated A:undo/each~1 1
  Entered A:undo/each~1[1]/inner
  AttemptStarted A:undo/each~1[1]/inner/one/5
  do A:undo/each~1[1]/inner/one/5  key s1:A:undo/each~1[1]/inner/one  {"id":"A:undo/each~1[0]/inner/one"}
  = compensating, wake +310s
> ok A:undo/each~1[1]/inner/one {}
  Completed A:undo/each~1[1]/inner/one {}
  Completed A:undo/each~1[1]/inner {}
  Completed A:undo/each~1 {}
  Passed A:undo
  Completed A:undo {}
  Undone 1
  Ended compensated
  = compensated
