# What fails while the saga goes back already changes nothing: it fails once, and the step is undone
do:
- both: { fork: { branches: [{ A: { call: s.do, output: { as: '${ .id + 1 }' }, compensate: s.undo } }, { B: { call: s.do, compensate: s.undo } }] } }
----
> start
  Submitted
  Entered both
  AttemptStarted A/1
  AttemptStarted B/1
  do A/1  key s1:A
  do B/1  key s1:B
  = running, wake +310s
> cancel
  Failing Cancel: 409 The saga was cancelled
  = compensating, wake +309990ms
> ok A
  Completed A {"id":"A"}
  = compensating, wake +309980ms
> ok B
  Completed B {"id":"B"}
  Drained
  UndoStarted B:undo
  AttemptStarted B:undo/1
  do B:undo/1  key s1:B:undo  {"id":"B"}
  = compensating, wake +310s
> ok B:undo
  Completed B:undo {"id":"B:undo"}
  Undone 2
  UndoStarted A:undo
  AttemptStarted A:undo/1
  do A:undo/1  key s1:A:undo  {"id":"A"}
  = compensating, wake +310s
> ok A:undo
  Completed A:undo {"id":"A:undo"}
  Undone 1
  Ended cancelled
  = cancelled
