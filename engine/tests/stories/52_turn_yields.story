# A turn that grew long stops in the middle of its work, here between a request and its attempt, and is due at once
do:
- A: { call: s.do, compensate: s.undo }
- P: { call: s.do, pivot: true, with: { a: '${ [range(20000)] | length }', b: '${ [range(20000)] | length }', c: '${ [range(20000)] | length }' } }
----
> start
  Submitted
  AttemptStarted A/1
  do A/1  key s1:A
  = running, wake +310s
> ok A
  Completed A {"id":"A"}
  Yielded
  = running, wake +0ms
> after 0s
  WentOn
  AttemptStarted P/1
  do P/1  key s1:P  {"a":20000,"b":20000,"c":20000}
  = running, wake +310s
> ok P
  PivotPassed P
  Completed P {"id":"P"}
  Ended completed
  = completed
