# A task that makes no request after the pivot is held on its raw input; retried it takes the same way again
do:
- P: { call: s.do, pivot: true }
- T: { call: s.do, compensate: s.undo, input: { from: '${ { n: (.n + 1) } }' } }
- D: { call: s.do }
----
> start
  Submitted
  AttemptStarted P/1
  do P/1  key s1:P
  = running, wake +310s
> ok P {"n":"x"}
  PivotPassed P
  Completed P {"n":"x"}
  TaskHeld T: it failed after the pivot `P`, where there is no way back
  = suspended
> retry T
  LetterClosed T
  TaskHeld T: it failed after the pivot `P`, where there is no way back
  = suspended
> retry T {"n":7}
  LetterClosed T
  AttemptStarted T/1
  do T/1  key s1:T  {"n":7}
  = running, wake +310s
> reject T
  AttemptFailed T/1 rejected
  StepHeld T: it failed after the pivot `P`, where there is no way back
  = suspended
> skip T
  Completed T (skipped) null
  AttemptStarted D/1
  do D/1  key s1:D
  = running, wake +310s
> reject D
  AttemptFailed D/1 rejected
  StepHeld D: it failed after the pivot `P`, where there is no way back
  = suspended
> drop D "enough"
  StepGivenUp D
  Failing Dropped: 422 no
  Drained
  Ended faulted, standing: T, P
  = faulted
> show
  P  succeeded  [1 succeeded]
  T  skipped  [1 rejected]
  D  rejected  [1 rejected]  (it failed after the pivot `P`, where there is no way back)
  {"standing":["T","P"],"maybe":[],"late":0,"letters":[]}
