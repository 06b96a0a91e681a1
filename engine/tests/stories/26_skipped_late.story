# A skipped step may have happened: it is undone, and once more when its success arrives after that (S21)
do:
- A: { call: s.do, compensate: s.undo }
- B: { call: s.do, compensate: s.undo }
----
> start
  Submitted
  AttemptStarted A/1
  do A/1  key s1:A
  = running, wake +310s
> poison A
  AttemptFailed A/1 unknown
  StepHeld A: the queue gave the job up (delivery_limit): it may be poison to workers
  = suspended
> skip A {"by":"hand"}
  Completed A (skipped) {"by":"hand"}
  AttemptStarted B/1
  do B/1  key s1:B  {"by":"hand"}
  = running, wake +310s
> owed
  [A]
> reject B
  AttemptFailed B/1 rejected
  StepGivenUp B
  Failing Error: 422 no
  Drained
  UndoStarted B:undo (bare)
  AttemptStarted B:undo/1
  do B:undo/1  key s1:B:undo
  = compensating, wake +310s
> ok B:undo
  Completed B:undo {"id":"B:undo"}
  Undone 2
  UndoStarted A:undo (bare)
  AttemptStarted A:undo/1
  do A:undo/1  key s1:A:undo
  = compensating, wake +310s
> gone A:undo
  AttemptFailed A:undo/1 rejected
  Completed A:undo null
  Undone 1
  Ended compensated
  = compensated
> ok A
  LateSuccess #1
  UndoStarted A:undo.1
  AttemptStarted A:undo.1/2
  do A:undo.1/2  key s1:A:undo.1  {"id":"A"}
  = compensated, wake +310s
> ok A:undo.1
  Completed A:undo.1 {"id":"A:undo.1"}
  Undone 1
  = compensated
