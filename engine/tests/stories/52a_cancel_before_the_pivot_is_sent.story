# A turn that grew long stops between a pivot's request and its attempt. It was never sent: a cancel acts at once
do:
- A: { call: s.do, compensate: s.undo }
- P: { call: s.do, pivot: true, with: { a: '${ [range(20000)] | length }', b: '${ [range(20000)] | length }', c: '${ [range(20000)] | length }' } }
----
> start
  Submitted
  AttemptStarted A/1
  do A/1  key s1:A
  = running, wake +310s
> ok A
  Completed A {"id":"A"}
  Yielded
  = running, wake +0ms
> cancel
  Failing Cancel: 409 The saga was cancelled
  StepStopped P
  Drained
  UndoStarted A:undo
  AttemptStarted A:undo/1
  do A:undo/1  key s1:A:undo  {"id":"A"}
  = compensating, wake +310s
> ok A:undo
  Completed A:undo {"id":"A:undo"}
  Undone 1
  Ended cancelled
  = cancelled
