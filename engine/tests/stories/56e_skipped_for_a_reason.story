# A person's reason for skipping a step is kept with it
do:
- P: { call: s.do, pivot: true }
- B: { call: s.do }
----
> start
  Submitted
  AttemptStarted P/1
  do P/1  key s1:P
  = running, wake +310s
> ok P
  PivotPassed P
  Completed P {"id":"P"}
  AttemptStarted B/1
  do B/1  key s1:B  {"id":"P"}
  = running, wake +310s
> reject B
  AttemptFailed B/1 rejected
  StepHeld B: it failed after the pivot `P`, where there is no way back
  = suspended
> skip B "told by telephone"
  Completed B (skipped) "told by telephone"
  Ended completed
  = completed
> show
  P  succeeded  [1 succeeded]
  B  skipped  [1 rejected]  (told by telephone)
  {"standing":[],"maybe":[],"late":0,"letters":[]}
