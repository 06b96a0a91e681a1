# An edited input made no request, and the old epoch turns out to have happened: the next edit waits for it
do:
- P: { call: s.do, pivot: true }
- C: { call: s.put, with: { n: 1 }, compensate: s.undo }
----
> start
  Submitted
  AttemptStarted P/1
  do P/1  key s1:P
  = running, wake +310s
> ok P
  PivotPassed P
  Completed P {"id":"P"}
  AttemptStarted C/1
  do C/1  key s1:C  POST /put/1  {}
  = running, wake +310s
> reject C
  AttemptFailed C/1 rejected
  StepHeld C: it failed after the pivot `P`, where there is no way back
  = suspended
> retry C {}
  EpochOpened C
  UndoStarted C:undo (bare)
  AttemptStarted C:undo/1
  do C:undo/1  key s1:C:undo
  = running, wake +310s
> ok C:undo
  Completed C:undo {"id":"C:undo"}
  Undone 1
  StepHeld C: the edited input makes no request
  = suspended
> ok C/1
  LateSuccess #1
  UndoStarted C:undo.1
  AttemptStarted C:undo.1/2
  do C:undo.1/2  key s1:C:undo.1  {"id":"C/1"}
  = running, wake +310s
> retry C {"n":2}
  EpochOpened C
  = running, wake +309990ms
> ok C:undo.1
  Completed C:undo.1 {"id":"C:undo.1"}
  Undone 1
  AttemptStarted C/2
  do C/2  key s1:C:e1  POST /put/2  {}
  = running, wake +310s
> ok C
  Completed C {"id":"C"}
  Ended completed
  = completed
