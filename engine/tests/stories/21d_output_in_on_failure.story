# A task of onFailure whose output cannot be shaped is a dead letter, and no way out of the rest
do:
- A: { call: s.do, compensate: s.undo }
- fail: { raise: { error: { type: 'https://x.example/no', status: 409, title: No } } }
saga:
  onFailure:
  - tell: { call: s.do, output: { as: '${ error("no") }' } }
  - more: { call: s.do }
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
  AttemptStarted A:undo/1
  do A:undo/1  key s1:A:undo  {"id":"A"}
  = compensating, wake +310s
> ok A:undo
  Completed A:undo {"id":"A:undo"}
  Undone 1
  OnFailureStarted
  AttemptStarted tell/1
  do tell/1  key s1:tell
  = compensating, wake +310s
> ok tell
  OutputHeld tell: it is done, but its output has not the shape it needs: a task of onFailure failed
  = suspended
> show
  A  succeeded  [1 succeeded]
  fail  rejected  []
  A:undo  succeeded  [1 succeeded]
  tell  held  [1 succeeded]  in onFailure
  {"standing":[],"maybe":[],"late":0,"letters":["s1/tell"]}
> skip tell
  Completed tell (skipped) null
  AttemptStarted more/1
  do more/1  key s1:more
  = compensating, wake +310s
> ok more
  Completed more {"id":"more"}
  OnFailureLeft
  Ended compensated
  = compensated
