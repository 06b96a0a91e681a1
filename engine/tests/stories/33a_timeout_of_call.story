# The timeout of a task, before the pivot: given up, no more retries
do:
- A: { call: s.do, compensate: s.undo }
- B: { call: r.do, compensate: r.undo, timeout: { after: { seconds: 3 } } }
----
> start
  Submitted
  AttemptStarted A/1
  do A/1  key s1:A
  = running, wake +310s
> ok A
  Completed A {"id":"A"}
  AttemptStarted B/1
  do B/1  key s1:B  {"id":"A"}
  = running, wake +3s
> after 3s
  AttemptFailed B/1 unknown
  StepGivenUp B
  Failing Error: 408 Timeout
  Drained
  UndoStarted B:undo (bare)
  AttemptStarted B:undo/1
  do B:undo/1  key s1:B:undo
  = compensating, wake +310s
> ok B
  LateSuccess #2
  = compensating, wake +309990ms
> ok B:undo
  Completed B:undo {"id":"B:undo"}
  Undone 2
  UndoStarted B:undo.1
  AttemptStarted B:undo.1/2
  do B:undo.1/2  key s1:B:undo.1  {"id":"B"}
  = compensating, wake +310s
> ok B:undo.1
  Completed B:undo.1 {"id":"B:undo.1"}
  Undone 2
  UndoStarted A:undo
  AttemptStarted A:undo/1
  do A:undo/1  key s1:A:undo  {"id":"A"}
  = compensating, wake +310s
> ok A:undo
  Completed A:undo {"id":"A:undo"}
  Undone 1
  Ended compensated
  = compensated
