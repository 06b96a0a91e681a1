# A timeout in a compensation ends no wait and no loop: the saga is overdue, and goes on
do:
- A: { call: s.do, compensate: { timeout: { after: { seconds: 5 } }, do: [{ calm: { wait: { seconds: 20 }, timeout: { after: { seconds: 2 } } } }, { one: { call: s.undo } }] } }
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
  Entered A:undo/calm
  = compensating, wake +2s
> after 2s
  Overran A:undo/calm
  = compensating, wake +2990ms
> after 4s
  Overran A:undo
  = compensating, wake +13980ms
> after 14s
  Completed A:undo/calm {"id":"A"}
  AttemptStarted A:undo/one/1
  do A:undo/one/1  key s1:A:undo/one  {"id":"A"}
  = compensating, wake +310s
> ok A:undo/one
  Completed A:undo/one {"id":"A:undo/one"}
  Completed A:undo {"id":"A:undo/one"}
  Undone 1
  Ended compensated
  = compensated
