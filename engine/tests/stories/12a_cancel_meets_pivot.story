# 12a. A cancel waits for a pivot that is out; it passes, so the cancel is void
do:
- A: { call: s.do, compensate: s.undo }
- P: { call: s.do, pivot: true }
- C: { call: s.do, compensate: s.undo }
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
> cancel
  Pending Cancel
  = running, wake +309990ms
> ok P
  PendingVoid
  PivotPassed P
  Completed P {"id":"P"}
  AttemptStarted C/1
  do C/1  key s1:C  {"id":"P"}
  = running, wake +310s
> cancel
  refused pivot-passed: saga `s1` has passed its pivot `P`: there is no way back, it goes on to its end
> ok C
  Completed C {"id":"C"}
  Ended completed
  = completed
