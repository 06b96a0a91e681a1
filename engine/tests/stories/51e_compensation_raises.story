# A compensation that finds no way asks for a person: what it raises is a dead letter
do:
- A: { call: s.do, compensate: { do: [{ ask: { call: r.do } }, { which: { switch: [{ open: { when: '${ .open }', then: undo } }] } }, { stuck: { raise: { error: { type: 'https://x.example/closed', status: 409, title: It is closed } } } }, { undo: { call: s.undo } }] } }
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
> ok A:undo/ask {"open":false}
  Completed A:undo/ask {"open":false}
  Passed A:undo
  TaskHeld A:undo/stuck: a compensation failed
  = suspended
> retry A:undo/stuck
  LetterClosed A:undo/stuck
  TaskHeld A:undo/stuck: a compensation failed
  = suspended
> skip A:undo/stuck {"by":"hand"}
  Completed A:undo/stuck (skipped) {"by":"hand"}
  AttemptStarted A:undo/undo/2
  do A:undo/undo/2  key s1:A:undo/undo  {"by":"hand"}
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
  A:undo/stuck  skipped  []  in A:undo  ({"by":"hand"})
  A:undo/undo  succeeded  [2 succeeded]  in A:undo
  {"standing":[],"maybe":[],"late":0,"letters":[]}
