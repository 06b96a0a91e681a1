# A step whose call could not be made is retried by hand: it is one row, and was not skipped
do:
- A: { call: s.do, compensate: s.undo }
- P: { call: s.do, pivot: true }
- C: { call: s.put, with: { n: '${ .none }' }, compensate: s.undo }
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
  TaskHeld C: it failed after the pivot `P`, where there is no way back
  = suspended
> show
  A  succeeded  [1 succeeded]
  P  succeeded  [1 succeeded]
  C  held  []
  {"standing":[],"maybe":[],"late":0,"letters":["s1/C"]}
> retry C {"n":1}
  LetterClosed C
  AttemptStarted C/1
  do C/1  key s1:C  POST /put/1  {}
  = running, wake +310s
> ok C
  Completed C {"id":"C"}
  Ended completed
  = completed
> show
  A  succeeded  [1 succeeded]
  P  succeeded  [1 succeeded]
  C  succeeded  [1 succeeded]
  {"standing":[],"maybe":[],"late":0,"letters":[]}
