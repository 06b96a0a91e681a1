# A compensation of several calls: each has its key; the held one goes on after a person acted
do:
- A: { call: s.do, compensate: { do: [{ one: { call: r.undo, retry: { limit: { attempt: { count: 1 } }, delay: { seconds: 1 } } } }, { two: { call: s.undo } }, { three: { call: s.undo } }] } }
- fail: { raise: { error: { type: 'https://x.example/no', status: 409, title: No } } }
----
> start
  Submitted
  AttemptStarted A/1
  do A/1  key s1:A
  = running, wake +310s
> ok A
  Completed A {"id":"A"}
  Failed fail: 409 No
  Failing Error: 409 No
  Drained
  UndoStarted A:undo
  Entered A:undo
  AttemptStarted A:undo/one/1
  do A:undo/one/1  key s1:A:undo/one  {"id":"A"}
  = compensating, wake +310s
> busy A:undo/one
  AttemptFailed A:undo/one/1 rejected
  RetryScheduled A:undo/one in 1s
  = compensating, wake +1s
> after 2s
  AttemptStarted A:undo/one/2
  do A:undo/one/2  key s1:A:undo/one  {"id":"A"}
  = compensating, wake +310s
> ok A:undo/one
  Completed A:undo/one {"id":"A:undo/one"}
  AttemptStarted A:undo/two/3
  do A:undo/two/3  key s1:A:undo/two  {"id":"A:undo/one"}
  = compensating, wake +310s
> reject A:undo/two
  AttemptFailed A:undo/two/3 rejected
  StepHeld A:undo/two: a compensation is refused
  = suspended
> retry A:undo/two {"n":1}
  refused edit-inside: a call inside a compensation of several tasks cannot be edited: retry it as it is, skip or drop it
> retry A:undo/two
  Retried A:undo/two
  AttemptStarted A:undo/two/4
  do A:undo/two/4  key s1:A:undo/two  {"id":"A:undo/one"}
  = compensating, wake +310s
> reject A:undo/two
  AttemptFailed A:undo/two/4 rejected
  StepHeld A:undo/two: a compensation is refused
  = suspended
> skip A:undo/two "by hand"
  Completed A:undo/two (skipped) "by hand"
  AttemptStarted A:undo/three/5
  do A:undo/three/5  key s1:A:undo/three  "by hand"
  = compensating, wake +310s
> ok A:undo/three
  Completed A:undo/three {"id":"A:undo/three"}
  Completed A:undo {"id":"A:undo/three"}
  Undone 1
  Ended compensated
  = compensated
> show
  A  succeeded  [1 succeeded]
  fail  rejected  []
  A:undo/one  succeeded  [1 rejected, 2 succeeded]  in A:undo
  A:undo/two  skipped  [3 rejected, 4 rejected]  in A:undo  (by hand)
  A:undo/three  succeeded  [5 succeeded]  in A:undo
  {"standing":[],"maybe":[],"late":0,"letters":[]}
