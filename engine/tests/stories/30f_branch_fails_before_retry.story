# The same in a fork: one branch is lost for good, and the other's retry that came due after that is not made
do:
- both:
    fork:
      branches:
      - A: { call: s.do, compensate: s.undo, timeout: { after: { milliseconds: 500 } } }
      - B: { call: r.do, compensate: s.undo }
----
> start
  Submitted
  Entered both
  AttemptStarted A/1
  AttemptStarted B/1
  do A/1  key s1:A
  do B/1  key s1:B
  = running, wake +500ms
> busy B
  AttemptFailed B/1 rejected
  RetryScheduled B in 1s
  = running, wake +490ms
> after 10s
  AttemptFailed A/1 unknown
  StepGivenUp A
  BranchFailed both 0
  Readied B
  StepGivenUp B
  Left both
  Failing Error: 408 Timeout
  Drained
  UndoStarted B:undo (bare)
  AttemptStarted B:undo/1
  do B:undo/1  key s1:B:undo
  = compensating, wake +310s
> ok B:undo
  Completed B:undo {"id":"B:undo"}
  Undone 2
  UndoStarted A:undo (bare)
  AttemptStarted A:undo/1
  do A:undo/1  key s1:A:undo
  = compensating, wake +310s
> ok A:undo
  Completed A:undo {"id":"A:undo"}
  Undone 1
  Ended compensated
  = compensated
