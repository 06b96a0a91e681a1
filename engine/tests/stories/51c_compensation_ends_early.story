# `then: end` ends the compensation, and nothing else; the one before it still runs
do:
- A: { call: s.do, compensate: s.undo }
- B: { call: s.do, compensate: { do: [{ ask: { call: r.do } }, { deep: { do: [{ which: { switch: [{ gone: { when: '${ .gone }', then: end } }] } }, { undo: { call: s.undo } }] } }, { last: { call: s.undo } }] } }
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
  Entered B:undo
  AttemptStarted B:undo/ask/1
  do B:undo/ask/1  key s1:B:undo/ask  {"id":"B"}
  = compensating, wake +310s
> ok B:undo/ask {"gone":true}
  Completed B:undo/ask {"gone":true}
  Entered B:undo/deep
  Passed B:undo/deep end
  Completed B:undo/deep {"gone":true}
  Completed B:undo {"gone":true}
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
