# The same block; its time is over before the pivot is reached
do:
- K:
    do:
    - A: { call: s.do, compensate: s.undo }
    - P: { call: s.do, pivot: true }
    timeout: { after: { seconds: 3 } }
----
> start
  Submitted
  Entered K
  AttemptStarted A/1
  do A/1  key s1:A
  = running, wake +3s
> after 4s
  AttemptFailed A/1 unknown
  StepGivenUp A
  Left K
  Failing Error: 408 Timeout
  Drained
  UndoStarted A:undo (bare)
  AttemptStarted A:undo/1
  do A:undo/1  key s1:A:undo
  = compensating, wake +310s
> ok A:undo
  Completed A:undo {"id":"A:undo"}
  Undone 1
  Ended compensated
  = compensated
