# With `continue` several dead letters are open at once; each is settled alone
do:
- A: { call: s.do, compensate: s.undo }
- B: { call: s.do, compensate: s.undo }
- C: { call: s.do, compensate: s.undo }
- fail: { raise: { error: { type: 'https://x.example/no', status: 409, title: No } } }
saga: { compensation: { onError: continue } }
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
  Failed fail: 409 No
  Failing Error: 409 No
  Drained
  UndoStarted C:undo
  AttemptStarted C:undo/1
  do C:undo/1  key s1:C:undo  {"id":"C"}
  = compensating, wake +310s
> reject C:undo
  AttemptFailed C:undo/1 rejected
  StepHeld C:undo: a compensation is refused
  UndoStarted B:undo
  AttemptStarted B:undo/1
  do B:undo/1  key s1:B:undo  {"id":"B"}
  = compensating, wake +310s
> reject B:undo
  AttemptFailed B:undo/1 rejected
  StepHeld B:undo: a compensation is refused
  UndoStarted A:undo
  AttemptStarted A:undo/1
  do A:undo/1  key s1:A:undo  {"id":"A"}
  = compensating, wake +310s
> reject A:undo
  AttemptFailed A:undo/1 rejected
  StepHeld A:undo: a compensation is refused
  = suspended
> show
  A  succeeded  [1 succeeded]
  B  succeeded  [1 succeeded]
  C  succeeded  [1 succeeded]
  fail  rejected  []
  C:undo  held  [1 rejected]
  B:undo  held  [1 rejected]
  A:undo  held  [1 rejected]
  {"standing":[],"maybe":[],"late":0,"letters":["s1/C:undo","s1/B:undo","s1/A:undo"]}
> retry B:undo
  Retried B:undo
  AttemptStarted B:undo/2
  do B:undo/2  key s1:B:undo  {"id":"B"}
  = compensating, wake +310s
> retry A:undo
  Retried A:undo
  = compensating, wake +309990ms
> ok B:undo
  Completed B:undo {"id":"B:undo"}
  Undone 2
  AttemptStarted A:undo/2
  do A:undo/2  key s1:A:undo  {"id":"A"}
  = compensating, wake +310s
> ok A:undo
  Completed A:undo {"id":"A:undo"}
  Undone 1
  = suspended
> skip C:undo "by hand"
  UndoSkipped 3 by hand
  Ended compensated
  = compensated
