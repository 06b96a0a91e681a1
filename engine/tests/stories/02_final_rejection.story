# 2. B was unknown, then refused by a service whose rejections are final: it needs no undo
do:
- A: { call: s.do, compensate: s.undo }
- B: { call: f.do, compensate: f.undo, retry: { limit: { attempt: { count: 1 } }, delay: { seconds: 1 } } }
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
  = running, wake +310s
> unknown B
  AttemptFailed B/1 unknown
  RetryScheduled B in 1s
  = running, wake +1s
> after 2s
  AttemptStarted B/2
  do B/2  key s1:B  {"id":"A"}
  = running, wake +310s
> reject B
  AttemptFailed B/2 rejected
  StepGivenUp B
  Failing Error: 422 no
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
