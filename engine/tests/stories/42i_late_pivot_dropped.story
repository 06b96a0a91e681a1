# What only tells that a pivot stands is settled by a drop too, and nothing is undone for it
do:
- A: { call: s.do, compensate: s.undo }
- guarded: { try: [{ P: { call: s.do, pivot: true } }], catch: { do: [{ H: { call: s.do } }] } }
----
> start
  Submitted
  AttemptStarted A/1
  do A/1  key s1:A
  = running, wake +310s
> ok A
  Completed A {"id":"A"}
  Entered guarded
  AttemptStarted P/1
  do P/1  key s1:P  {"id":"A"}
  = running, wake +310s
> reject P
  AttemptFailed P/1 rejected
  StepGivenUp P
  Caught guarded: 422
  HandlerStarted guarded
  AttemptStarted H/1
  do H/1  key s1:H  {"id":"A"}
  = running, wake +310s
> ok P
  LateSuccess #2
  PivotStandsLate P:late 2 the pivot happened after it was given up: settle it by hand
  = running, wake +309990ms
> ok H
  Completed H {"id":"H"}
  Completed guarded {"id":"H"}
  = suspended
> drop P:late "nobody pays that back"
  LetterClosed P:late nobody pays that back
  Ended completed
  = completed
> show
  A  succeeded  [1 succeeded]
  P  rejected  [1 rejected]  in guarded  (it succeeded after it was given up)
  H  succeeded  [1 succeeded]  in guarded
  P:late  skipped  []  (nobody pays that back)
  {"standing":[],"maybe":[],"late":1,"letters":[]}
