# A rejection does not clear a doubt: a pivot that may have happened is held, not believed
do:
- A: { call: s.do, compensate: s.undo }
- P: { call: r.do, pivot: true }
----
> start
  Submitted
  AttemptStarted A/1
  do A/1  key s1:A
  = running, wake +310s
> ok A
  Completed A {"id":"A"}
  AttemptStarted P/1
  do P/1  key s1:P  {"id":"A"}
  = running, wake +310s
> unknown P
  AttemptFailed P/1 unknown
  RetryScheduled P in 1s
  = running, wake +1s
> after 2s
  AttemptStarted P/2
  do P/2  key s1:P  {"id":"A"}
  = running, wake +310s
> reject P
  AttemptFailed P/2 rejected
  StepHeld P: the pivot is in doubt: did it happen? skip says yes, drop says no
  = suspended
> drop P "it did not"
  StepGivenUp P
  Failing Error: 422 no
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
