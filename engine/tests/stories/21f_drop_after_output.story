# Dropped, what is done stands: it completed after the pivot
do:
- A: { call: s.do, compensate: s.undo }
- P: { call: s.do, pivot: true }
- B: { call: s.do, compensate: s.undo, output: { as: '${ error("no") }' } }
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
  AttemptStarted B/1
  do B/1  key s1:B  {"id":"P"}
  = running, wake +310s
> ok B
  OutputHeld B: it is done, but its output has not the shape it needs: it failed after the pivot `P`, where there is no way back
  = suspended
> drop B "no use"
  StepStopped B
  Failing Dropped: 400 An expression failed
  Drained
  Ended faulted, standing: A, B, P
  = faulted
