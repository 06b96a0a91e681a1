# Dropped, what a compensation raised leaves its step standing
do:
- A: { call: s.do, compensate: s.undo }
- B: { call: s.do, compensate: { raise: { error: { type: 'https://x.example/closed', status: 409, title: It is closed } } } }
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
  TaskHeld B:undo: a compensation failed
  = suspended
> drop B:undo "it stays"
  UndoDropped 2 it stays
  UndoStarted A:undo
  AttemptStarted A:undo/1
  do A:undo/1  key s1:A:undo  {"id":"A"}
  = compensating, wake +310s
> ok A:undo
  Completed A:undo {"id":"A:undo"}
  Undone 1
  Ended faulted, standing: B
  = faulted
> show
  A  succeeded  [1 succeeded]
  B  succeeded  [1 succeeded]
  fail  rejected  []
  B:undo  unknown  []  (dropped: it stays)
  A:undo  succeeded  [1 succeeded]
  {"standing":["B"],"maybe":[],"late":0,"letters":[]}
