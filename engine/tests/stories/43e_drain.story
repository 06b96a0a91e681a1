# Nothing is undone while a sibling is out, also on a cancel; at its deadline it is unknown
do:
- A: { call: s.do, compensate: s.undo }
- both: { fork: { branches: [{ B: { call: s.do, compensate: s.undo } }, { C: { call: r.do, compensate: r.undo } }] } }
----
> start
  Submitted
  AttemptStarted A/1
  do A/1  key s1:A
  = running, wake +310s
> ok A
  Completed A {"id":"A"}
  Entered both
  AttemptStarted B/1
  AttemptStarted C/1
  do B/1  key s1:B  {"id":"A"}
  do C/1  key s1:C  {"id":"A"}
  = running, wake +310s
> busy C
  AttemptFailed C/1 rejected
  RetryScheduled C in 1s
  = running, wake +1s
> cancel
  Failing Cancel: 409 The saga was cancelled
  StepGivenUp C
  = compensating, wake +309980ms
> after 310s
  AttemptFailed B/1 unknown
  StepGivenUp B
  Drained
  UndoStarted B:undo (bare)
  AttemptStarted B:undo/1
  do B:undo/1  key s1:B:undo
  = compensating, wake +310s
> ok B:undo
  Completed B:undo {"id":"B:undo"}
  Undone 3
  UndoStarted C:undo (bare)
  AttemptStarted C:undo/1
  do C:undo/1  key s1:C:undo
  = compensating, wake +310s
> ok C:undo
  Completed C:undo {"id":"C:undo"}
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
