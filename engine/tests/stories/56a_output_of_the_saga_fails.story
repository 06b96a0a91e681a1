# An output of the saga that cannot be worked out fails it while there is a way back
do:
- A: { call: s.do, compensate: s.undo }
output: { as: '${ .id + 1 }' }
----
> start
  Submitted
  AttemptStarted A/1
  do A/1  key s1:A
  = running, wake +310s
> ok A
  Completed A {"id":"A"}
  Failing Error: 400 An expression failed
  Drained
  UndoStarted A:undo
  AttemptStarted A:undo/1
  do A:undo/1  key s1:A:undo  {"id":"A"}
  = compensating, wake +310s
> ok A:undo
  Completed A:undo {"id":"A:undo"}
  Undone 1
  Ended compensated
  = compensated
> show
  A  succeeded  [1 succeeded]
  A:undo  succeeded  [1 succeeded]
  {"standing":[],"maybe":[],"late":0,"letters":[]}
