# Where nobody says how often: a step gets three retries, what undoes it ten
do:
- A: { call: q.do, compensate: q.undo }
----
> start
  Submitted
  AttemptStarted A/1
  do A/1  key s1:A
  = running, wake +330s
> unknown A
  AttemptFailed A/1 unknown
  RetryScheduled A in 515ms
  = running, wake +515ms
> after 700ms
  AttemptStarted A/2
  do A/2  key s1:A
  = running, wake +330s
> unknown A
  AttemptFailed A/2 unknown
  RetryScheduled A in 1064ms
  = running, wake +1064ms
> after 2s
  AttemptStarted A/3
  do A/3  key s1:A
  = running, wake +330s
> unknown A
  AttemptFailed A/3 unknown
  RetryScheduled A in 2054ms
  = running, wake +2054ms
> after 3s
  AttemptStarted A/4
  do A/4  key s1:A
  = running, wake +330s
> unknown A
  AttemptFailed A/4 unknown
  StepGivenUp A
  Failing Error: 500 no
  Drained
  UndoStarted A:undo (bare)
  AttemptStarted A:undo/1
  do A:undo/1  key s1:A:undo
  = compensating, wake +330s
> unknown A:undo
  AttemptFailed A:undo/1 unknown
  RetryScheduled A:undo in 522ms
  = compensating, wake +522ms
> after 700ms
  AttemptStarted A:undo/2
  do A:undo/2  key s1:A:undo
  = compensating, wake +330s
> unknown A:undo
  AttemptFailed A:undo/2 unknown
  RetryScheduled A:undo in 1003ms
  = compensating, wake +1003ms
> after 2s
  AttemptStarted A:undo/3
  do A:undo/3  key s1:A:undo
  = compensating, wake +330s
> unknown A:undo
  AttemptFailed A:undo/3 unknown
  RetryScheduled A:undo in 2015ms
  = compensating, wake +2015ms
> after 3s
  AttemptStarted A:undo/4
  do A:undo/4  key s1:A:undo
  = compensating, wake +330s
> unknown A:undo
  AttemptFailed A:undo/4 unknown
  RetryScheduled A:undo in 4044ms
  = compensating, wake +4044ms
> after 5s
  AttemptStarted A:undo/5
  do A:undo/5  key s1:A:undo
  = compensating, wake +330s
> ok A:undo
  Completed A:undo {"id":"A:undo"}
  Undone 1
  Ended compensated
  = compensated
