# A block's timeout strikes between a pivot's request and its attempt: the pivot was never sent, so the block ends
do:
- guarded:
    try:
    - steps:
        do:
        - A: { call: s.do, compensate: s.undo }
        - P: { call: s.do, pivot: true, with: { a: '${ [range(20000)] | length }', b: '${ [range(20000)] | length }', c: '${ [range(20000)] | length }' } }
        timeout: { after: { seconds: 5 } }
    catch: { do: [{ H: { call: s.do } }] }
----
> start
  Submitted
  Entered guarded
  Entered steps
  AttemptStarted A/1
  do A/1  key s1:A
  = running, wake +5s
> ok A
  Completed A {"id":"A"}
  Yielded
  = running, wake +0ms
> after 6s
  WentOn
  StepStopped P
  Left steps
  Caught guarded: 408
  HandlerStarted guarded
  AttemptStarted H/1
  do H/1  key s1:H
  = running, wake +310s
> ok H
  Completed H {"id":"H"}
  Completed guarded {"id":"H"}
  Ended completed
  = completed
