# A loop undoes one thing after another; the call that fails is held and the loop goes on from there
do:
- A: { call: s.do, compensate: { for: { in: '${ .items }', each: item }, do: [{ one: { call: s.undo, with: { n: '${ $item }', of: '${ $forward.idempotencyKey }' } } }] } }
- fail: { raise: { error: { type: 'https://x.example/no', status: 409, title: No } } }
----
> start
  Submitted
  AttemptStarted A/1
  do A/1  key s1:A
  = running, wake +310s
> ok A {"items":[7,8,9]}
  Completed A {"items":[7,8,9]}
  Failed fail: 409 No
  Failing Error: 409 No
  Drained
  UndoStarted A:undo
  Entered A:undo
  AttemptStarted A:undo[0]/one/1
  do A:undo[0]/one/1  key s1:A:undo[0]/one  {"n":7,"of":"s1:A"}
  = compensating, wake +310s
> ok A:undo[0]/one
  Completed A:undo[0]/one {"id":"A:undo[0]/one"}
  Iterated A:undo 1
  AttemptStarted A:undo[1]/one/2
  do A:undo[1]/one/2  key s1:A:undo[1]/one  {"n":8,"of":"s1:A"}
  = compensating, wake +310s
> reject A:undo[1]/one
  AttemptFailed A:undo[1]/one/2 rejected
  StepHeld A:undo[1]/one: a compensation is refused
  = suspended
> retry A:undo[1]/one {"n":1}
  refused edit-inside: a call inside a compensation of several tasks cannot be edited: retry it as it is, skip or drop it
> retry A:undo[1]/one
  Retried A:undo[1]/one
  AttemptStarted A:undo[1]/one/3
  do A:undo[1]/one/3  key s1:A:undo[1]/one  {"n":8,"of":"s1:A"}
  = compensating, wake +310s
> ok A:undo[1]/one
  Completed A:undo[1]/one {"id":"A:undo[1]/one"}
  Iterated A:undo 2
  AttemptStarted A:undo[2]/one/4
  do A:undo[2]/one/4  key s1:A:undo[2]/one  {"n":9,"of":"s1:A"}
  = compensating, wake +310s
> crash
  again A:undo[2]/one/4  key s1:A:undo[2]/one
> ok A:undo[2]/one
  Completed A:undo[2]/one {"id":"A:undo[2]/one"}
  Completed A:undo {"id":"A:undo[2]/one"}
  Undone 1
  Ended compensated
  = compensated
> show
  A  succeeded  [1 succeeded]
  fail  rejected  []
  A:undo[0]/one  succeeded  [1 succeeded]  in A:undo
  A:undo[1]/one  succeeded  [2 rejected, 3 succeeded]  in A:undo
  A:undo[2]/one  succeeded  [4 succeeded]  in A:undo
  {"standing":[],"maybe":[],"late":0,"letters":[]}
