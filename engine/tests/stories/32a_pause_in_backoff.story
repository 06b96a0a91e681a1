# A retry that comes due in a pause starts on resume
do:
- A: { call: r.do, compensate: r.undo }
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
> pause
  Paused
  = suspended, wake +990ms
> after 2s
  Readied A
  = suspended
> resume
  Resumed
  AttemptStarted A/2
  do A/2  key s1:A
  = running, wake +310s
> ok A
  Completed A {"id":"A"}
  Ended completed
  = completed
