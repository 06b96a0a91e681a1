# What a loop of a compensation cannot read is held: its list, and its `while` between two rounds
do:
- A: { call: s.do, compensate: { for: { in: '${ .items }' }, while: '${ if .bad then error("no") else true end }', do: [{ one: { call: s.undo } }] } }
- fail: { raise: { error: { type: 'https://x.example/no', status: 409, title: No } } }
----
> start
  Submitted
  AttemptStarted A/1
  do A/1  key s1:A
  = running, wake +310s
> ok A {"items":5}
  Completed A {"items":5}
  Failed fail: 409 No
  Failing Error: 409 No
  Drained
  UndoStarted A:undo
  TaskHeld A:undo: a compensation failed
  = suspended
> retry A:undo {"items":[1,2]}
  LetterClosed A:undo
  Entered A:undo
  AttemptStarted A:undo[0]/one/1
  do A:undo[0]/one/1  key s1:A:undo[0]/one  {"items":[1,2]}
  = compensating, wake +310s
> ok A:undo[0]/one {"bad":true}
  Completed A:undo[0]/one {"bad":true}
  OutputHeld A:undo: a compensation failed; to retry it goes on after the loop
  = suspended
> retry A:undo
  LetterClosed A:undo
  Completed A:undo {"bad":true}
  Undone 1
  Ended compensated
  = compensated
> show
  A  succeeded  [1 succeeded]
  fail  rejected  []
  A:undo  succeeded  []
  A:undo[0]/one  succeeded  [1 succeeded]  in A:undo
  {"standing":[],"maybe":[],"late":0,"letters":[]}
