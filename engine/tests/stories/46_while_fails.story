# A loop whose `while` fails after the pivot is held at its end: no iteration is made twice
do:
- P: { call: s.do, pivot: true }
- each: { for: { in: '${ [1, 2] }' }, while: '${ .id | test("P") }', do: [{ A: { call: s.do, compensate: s.undo } }] }
- B: { call: s.do }
----
> start
  Submitted
  AttemptStarted P/1
  do P/1  key s1:P
  = running, wake +310s
> ok P
  PivotPassed P
  Completed P {"id":"P"}
  Entered each
  AttemptStarted A[0]/1
  do A[0]/1  key s1:A[0]  {"id":"P"}
  = running, wake +310s
> ok A[0] {"id":1}
  Completed A[0] {"id":1}
  OutputHeld each: it failed after the pivot `P`, where there is no way back; to retry it goes on after the loop
  = suspended
> retry each
  LetterClosed each
  Completed each {"id":1}
  AttemptStarted B/1
  do B/1  key s1:B  {"id":1}
  = running, wake +310s
> ok B
  Completed B {"id":"B"}
  Ended completed
  = completed
