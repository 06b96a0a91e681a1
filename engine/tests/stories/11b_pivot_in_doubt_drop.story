# 11b. drop says that it did not: the saga goes back
do:
- A: { call: s.do, compensate: s.undo }
- P: { call: s.do, pivot: true }
----
> start
  Submitted
  AttemptStarted A/1
  do A/1  key s1:A
  = running, wake +310s
> ok A
  Completed A {"id":"A"}
  AttemptStarted P/1
  do P/1  key s1:P  {"id":"A"}
  = running, wake +310s
> unknown P
  AttemptFailed P/1 unknown
  StepHeld P: the pivot is in doubt: did it happen? skip says yes, drop says no
  = suspended
> drop P "not captured"
  StepGivenUp P
  Failing Error: 500 no
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
# The pivot did happen after all: somebody must know.
> ok P
  LateSuccess #2
  PivotStandsLate P:late 2 the pivot happened after the saga went back: settle it by hand
  = compensated
> show
  A  succeeded  [1 succeeded]
  P  unknown  [1 unknown]  (it succeeded after it was given up)
  A:undo  succeeded  [1 succeeded]
  P:late  held  []
  {"standing":[],"maybe":[],"late":1,"letters":["s1/P:late"]}
> retry P:late
  refused letter-informs: `s1/P:late` only tells that a pivot stands: there is nothing to retry; settle it by hand, then skip it
> skip P:late "refunded by hand"
  LetterClosed P:late refunded by hand
  = compensated
