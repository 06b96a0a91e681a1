# A block whose pivot is out runs over its time: there is no other way; one whose pivot never was out ends
do:
- K:
    do:
    - A: { call: s.do, compensate: s.undo }
    - P: { call: s.do, pivot: true }
    timeout: { after: { seconds: 3 } }
----
> start
  Submitted
  Entered K
  AttemptStarted A/1
  do A/1  key s1:A
  = running, wake +3s
> ok A
  Completed A {"id":"A"}
  AttemptStarted P/1
  do P/1  key s1:P  {"id":"A"}
  = running, wake +2990ms
> after 4s
  Overran K
  AttemptFailed P/1 unknown
  StepHeld P: the pivot is in doubt: did it happen? skip says yes, drop says no
  = suspended
> show
  A  succeeded  [1 succeeded]  in K
  P  held  [1 unknown]  in K
  {"standing":[],"maybe":[],"late":0,"letters":["s1/P"]}
> ok P
  PivotPassed P
  Completed P {"id":"P"}
  Completed K {"id":"P"}
  Ended completed
  = completed
