# What may have happened and cannot be undone is not sent anew with other input
do:
- A: { call: s.do, compensate: s.undo }
- P: { call: s.do, pivot: true }
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
  StepHeld P: the pivot is in doubt: did it happen? skip says yes, drop says no
  = suspended
> retry P {"n":2}
  refused edit-in-doubt: `P` may have happened and has no compensation, so it cannot be sent anew with other input: retry it as it is, or answer what happened with skip (it did) or drop (it did not)
> drop P "no"
  StepGivenUp P
  Failing Error: 500 no
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
