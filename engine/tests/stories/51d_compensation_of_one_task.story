# Every task may stand alone as a compensation, and runs: what waits is waited for, what fails is held
do:
- A: { call: s.do, compensate: { set: { n: '${ .id + 1 }' } } }
- B: { call: s.do, compensate: { wait: { seconds: 30 } } }
- C: { call: s.do, compensate: { for: { in: '${ .none // [] }' }, do: [{ one: { call: s.undo } }] } }
- D: { call: s.do, compensate: { if: '${ .id == "other" }', call: s.undo } }
- E: { call: s.do, compensate: { switch: [{ bad: { when: '${ .id + 1 > 2 }', then: end } }] } }
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
  AttemptStarted C/1
  do C/1  key s1:C  {"id":"B"}
  = running, wake +310s
> ok C
  Completed C {"id":"C"}
  AttemptStarted D/1
  do D/1  key s1:D  {"id":"C"}
  = running, wake +310s
> ok D
  Completed D {"id":"D"}
  AttemptStarted E/1
  do E/1  key s1:E  {"id":"D"}
  = running, wake +310s
> ok E
  Completed E {"id":"E"}
  Failed fail: 409 No
  Failing Error: 409 No
  Drained
  UndoStarted E:undo
  TaskHeld E:undo: a compensation failed
  = suspended
> retry E:undo
  LetterClosed E:undo
  TaskHeld E:undo: a compensation failed
  = suspended
> retry E:undo {"id":1}
  LetterClosed E:undo
  Completed E:undo {"id":1}
  Undone 5
  UndoStarted D:undo
  Undone 4
  UndoStarted C:undo
  Completed C:undo {"id":"C"}
  Undone 3
  UndoStarted B:undo
  Entered B:undo
  = compensating, wake +30s
> after 1s
  = compensating, wake +28990ms
> after 30s
  Completed B:undo {"id":"B"}
  Undone 2
  UndoStarted A:undo
  TaskHeld A:undo: a compensation failed
  = suspended
> skip A:undo
  refused reason-required: skipping a compensation leaves an effect to a person's word: say why with --reason
> skip A:undo "nothing to count"
  UndoSkipped 1 nothing to count
  Ended compensated
  = compensated
> show
  A  succeeded  [1 succeeded]
  B  succeeded  [1 succeeded]
  C  succeeded  [1 succeeded]
  D  succeeded  [1 succeeded]
  E  succeeded  [1 succeeded]
  fail  rejected  []
  E:undo  succeeded  []
  C:undo  succeeded  []
  B:undo  succeeded  []
  A:undo  skipped  []  (nothing to count)
  {"standing":[],"maybe":[],"late":0,"letters":[]}
