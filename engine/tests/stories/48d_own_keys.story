# An author's key is sent as it is, with what epochs and rounds add; one that no header can carry is none
do:
- A: { call: s.do, idempotencyKey: '${ "order-" + $workflow.id }', compensate: s.undo }
- guarded:
    try: [{ B: { call: s.do, idempotencyKey: '${ "no key" }' } }]
    catch: { do: [] }
- guarded2:
    try: [{ C: { call: s.do, idempotencyKey: '${ "" }' } }]
    catch: { do: [] }
- D: { call: s.do, idempotencyKey: '${ 7 }' }
----
> start
  Submitted
  AttemptStarted A/1
  do A/1  key order-s1
  = running, wake +310s
> ok A
  Completed A {"id":"A"}
  Entered guarded
  Failed B: 400 The idempotency key must be a short plain text
  Caught guarded: 400
  HandlerStarted guarded
  Completed guarded {"id":"A"}
  Entered guarded2
  Failed C: 400 The idempotency key must be a short plain text
  Caught guarded2: 400
  HandlerStarted guarded2
  Completed guarded2 {"id":"A"}
  Failed D: 400 The idempotency key must be a short plain text
  Failing Error: 400 The idempotency key must be a short plain text
  Drained
  UndoStarted A:undo
  AttemptStarted A:undo/1
  do A:undo/1  key order-s1:undo  {"id":"A"}
  = compensating, wake +310s
> ok A:undo
  Completed A:undo {"id":"A:undo"}
  Undone 1
  Ended compensated
  = compensated
