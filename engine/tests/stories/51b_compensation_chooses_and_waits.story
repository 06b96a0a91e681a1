# A compensation looks where it stands, waits, and calls: one thing after another
do:
- A: { call: s.do, compensate: { do: [{ ask: { call: r.do } }, { which: { switch: [{ gone: { when: '${ .gone }', then: end } }, { else: { then: calm } }] } }, { never: { call: s.undo } }, { calm: { wait: { minutes: 5 } } }, { maybe: { if: '${ .careful }', call: s.undo } }, { undo: { call: s.undo } }] } }
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
  AttemptStarted A:undo/ask/1
  do A:undo/ask/1  key s1:A:undo/ask  {"id":"A"}
  = compensating, wake +310s
> ok A:undo/ask {"gone":false}
  Completed A:undo/ask {"gone":false}
  Passed A:undo
  Entered A:undo/calm
  = compensating, wake +5m
> after 1m
  = compensating, wake +239990ms
> pause
  Paused
  = suspended, wake +239980ms
> after 10m
  Completed A:undo/calm {"gone":false}
  = suspended
> resume
  Resumed
  Passed A:undo
  AttemptStarted A:undo/undo/2
  do A:undo/undo/2  key s1:A:undo/undo  {"gone":false}
  = compensating, wake +310s
> ok A:undo/undo
  Completed A:undo/undo {"id":"A:undo/undo"}
  Completed A:undo {"id":"A:undo/undo"}
  Undone 1
  Ended compensated
  = compensated
> show
  A  succeeded  [1 succeeded]
  fail  rejected  []
  A:undo/ask  succeeded  [1 succeeded]  in A:undo
  A:undo/calm  succeeded  []  in A:undo
  A:undo/undo  succeeded  [2 succeeded]  in A:undo
  {"standing":[],"maybe":[],"late":0,"letters":[]}
