# After the pivot a call that takes too long is held, and a block only runs over its time
do:
- P: { call: s.do, pivot: true }
- K:
    do:
    - A: { call: s.do, compensate: s.undo, timeout: { after: { seconds: 3 } } }
    timeout: { after: { seconds: 2 } }
----
> start
  Submitted
  AttemptStarted P/1
  do P/1  key s1:P
  = running, wake +310s
> ok P
  PivotPassed P
  Completed P {"id":"P"}
  Entered K
  AttemptStarted A/1
  do A/1  key s1:A  {"id":"P"}
  = running, wake +2s
> after 2s
  Overran K
  AttemptFailed A/1 unknown
  RetryScheduled A in 780ms
  = running, wake +780ms
> after 1s
  Readied A
  StepHeld A: it failed after the pivot `P`, where there is no way back
  = suspended
> retry A
  Retried A
  AttemptStarted A/2
  do A/2  key s1:A  {"id":"P"}
  = running, wake +310s
> ok A
  Completed A {"id":"A"}
  Completed K {"id":"A"}
  Ended completed
  = completed
> show
  P  succeeded  [1 succeeded]
  A  succeeded  [1 unknown, 2 succeeded]  in K
  {"standing":[],"maybe":[],"late":0,"letters":[]}
