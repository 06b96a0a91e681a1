# A cancel waits for the pivot, and then the timeout comes: the first one wins
timeout: { after: { seconds: 20 } }
do:
- A: { call: s.do, compensate: s.undo }
- P: { call: s.do, pivot: true }
----
> start
  Submitted
  AttemptStarted A/1
  do A/1  key s1:A
  = running, wake +20s
> ok A
  Completed A {"id":"A"}
  AttemptStarted P/1
  do P/1  key s1:P  {"id":"A"}
  = running, wake +19990ms
> cancel
  Pending Cancel
  = running, wake +19980ms
> after 21s
  AttemptFailed P/1 unknown
  StepHeld P: the pivot is in doubt: did it happen? skip says yes, drop says no
  = suspended
> drop P "no"
  StepGivenUp P
  Failing Cancel: 409 The saga was cancelled
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
