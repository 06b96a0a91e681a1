# A rejection of an attempt that was booked already says nothing about the newest one
do:
- A: { call: r.do, compensate: r.undo }
----
> start
  Submitted
  AttemptStarted A/1
  do A/1  key s1:A
  = running, wake +310s
> after 311s
  AttemptFailed A/1 unknown
  RetryScheduled A in 1s
  = running, wake +1s
> after 2s
  AttemptStarted A/2
  do A/2  key s1:A
  = running, wake +310s
# Only now attempt 1 is refused; attempt 2 is out.
> reject A/1
  = running, wake +309990ms
> unknown A/2
  AttemptFailed A/2 unknown
  StepGivenUp A
  Failing Error: 500 no
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
