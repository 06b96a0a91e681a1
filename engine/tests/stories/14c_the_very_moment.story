# A round, a retry, a wait and a timeout are due at their very moment, and not only after it
do:
- guarded:
    try: [{ A: { call: s.do } }]
    catch: { retry: { limit: { attempt: { count: 1 } }, delay: { seconds: 1 } } }
- B: { call: r.do }
- nap: { wait: { seconds: 1 } }
- C: { call: s.do, timeout: { after: { seconds: 1 } } }
----
> start
  Submitted
  Entered guarded
  AttemptStarted A/1
  do A/1  key s1:A
  = running, wake +310s
> reject A
  AttemptFailed A/1 rejected
  StepGivenUp A
  Caught guarded: 422, again in 1s
  = running, wake +1s
> after 990ms
  RoundStarted guarded 2
  AttemptStarted A#2/1
  do A#2/1  key s1:A#2
  = running, wake +310s
> ok A#2
  Completed A#2 {"id":"A#2"}
  Completed guarded {"id":"A#2"}
  AttemptStarted B/1
  do B/1  key s1:B  {"id":"A#2"}
  = running, wake +310s
> busy B
  AttemptFailed B/1 rejected
  RetryScheduled B in 1s
  = running, wake +1s
> after 990ms
  AttemptStarted B/2
  do B/2  key s1:B  {"id":"A#2"}
  = running, wake +310s
> ok B
  Completed B {"id":"B"}
  Entered nap
  = waiting, wake +1s
> after 990ms
  Completed nap {"id":"B"}
  AttemptStarted C/1
  do C/1  key s1:C  {"id":"B"}
  = running, wake +1s
> after 990ms
  AttemptFailed C/1 unknown
  StepGivenUp C
  Failing Error: 408 Timeout
  Drained
  Ended faulted
  = faulted
