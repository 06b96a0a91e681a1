# After the pivot nothing fails for want of a shape: the last output stands
do:
- A: { call: s.do, compensate: s.undo }
- P: { call: s.do, pivot: true }
output: { as: '${ .id + 1 }' }
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
> ok P
  PivotPassed P
  Completed P {"id":"P"}
  Ended completed, with its last output: An expression failed
  = completed
> show
  A  succeeded  [1 succeeded]
  P  succeeded  [1 succeeded]
  error: 400 An expression failed
  {"standing":[],"maybe":[],"late":0,"letters":[]}
