# A skipped step in a composite that a pivot closed: its late success is noted, and nothing is undone
do:
- K:
    do:
    - A: { call: s.do, compensate: s.undo }
    compensate: s.undo
- P: { call: s.do, pivot: true }
- C: { call: s.do, compensate: s.undo }
----
> start
  Submitted
  Entered K
  AttemptStarted A/1
  do A/1  key s1:A
  = running, wake +310s
> poison A
  AttemptFailed A/1 unknown
  StepHeld A: the queue gave the job up (delivery_limit): it may be poison to workers
  = suspended
> skip A
  Completed A (skipped) null
  Completed K null
  AttemptStarted P/1
  do P/1  key s1:P
  = running, wake +310s
> owed
  [K]
> ok P
  PivotPassed P
  Completed P {"id":"P"}
  AttemptStarted C/1
  do C/1  key s1:C  {"id":"P"}
  = running, wake +310s
> owed
  []
> ok A
  LateSuccess #1
  = running, wake +309980ms
> ok C
  Completed C {"id":"C"}
  Ended completed
  = completed
> show
  A  skipped  [1 unknown]  in K  (it succeeded after it was given up)
  P  succeeded  [1 succeeded]
  C  succeeded  [1 succeeded]
  {"standing":[],"maybe":[],"late":1,"letters":[]}
