# A service that says how long to wait is not asked before; the policy alone would ask after a second
do:
- A: { call: r.do }
----
> start
  Submitted
  AttemptStarted A/1
  do A/1  key s1:A
  = running, wake +310s
> busy A 7000
  AttemptFailed A/1 rejected
  RetryScheduled A in 7s
  = running, wake +7s
> after 2s
  = running, wake +4990ms
> after 6s
  AttemptStarted A/2
  do A/2  key s1:A
  = running, wake +310s
> ok A
  Completed A {"id":"A"}
  Ended completed
  = completed
