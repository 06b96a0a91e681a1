# The timeout of a wait
do:
- A: { call: s.do, compensate: s.undo }
- nap: { wait: { hours: 1 }, timeout: { after: { seconds: 3 } } }
----
> start
  Submitted
  AttemptStarted A/1
  do A/1  key s1:A
  = running, wake +310s
> ok A
  Completed A {"id":"A"}
  Entered nap
  = waiting, wake +3s
> after 3s
  Left nap
  Failing Error: 408 Timeout
  Drained
  UndoStarted A:undo
  AttemptStarted A:undo/1
  do A:undo/1  key s1:A:undo  {"id":"A"}
  = compensating, wake +310s
> ok A:undo
  Completed A:undo {"id":"A:undo"}
  Undone 1
  Ended compensated
  = compensated
