# The queue gives up an attempt that was booked already: nothing follows, another one is out
do:
- A: { call: r.do, compensate: s.undo }
----
> start
  Submitted
  AttemptStarted A/1
  do A/1  key s1:A
  = running, wake +310s
> busy A
  AttemptFailed A/1 rejected
  RetryScheduled A in 1s
  = running, wake +1s
> poison A/1
  = running, wake +990ms
> after 1s
  AttemptStarted A/2
  do A/2  key s1:A
  = running, wake +310s
> poison A/1
  = running, wake +309990ms
> poison A/2
  AttemptFailed A/2 unknown
  StepHeld A: the queue gave the job up (delivery_limit): it may be poison to workers
  = suspended
> poison A/2
  = suspended
> retry A {"edited":true}
  EpochOpened A
  UndoStarted A:undo (bare)
  AttemptStarted A:undo/1
  do A:undo/1  key s1:A:undo
  = running, wake +310s
> poison A/2
  = running, wake +309990ms
> ok A:undo
  Completed A:undo {"id":"A:undo"}
  Undone 1
  AttemptStarted A/3
  do A/3  key s1:A:e1  {"edited":true}
  = running, wake +310s
> poison A/2
  = running, wake +309990ms
> ok A
  Completed A {"id":"A"}
  Ended completed
  = completed
