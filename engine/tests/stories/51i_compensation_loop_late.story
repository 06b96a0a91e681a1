# A success that comes late is undone by the whole loop again, under new keys
do:
- A: { call: r.do, retry: { limit: { attempt: { count: 0 } } }, compensate: { for: { in: '${ .items // [0] }' }, do: [{ one: { call: s.undo } }] } }
----
> start
  Submitted
  AttemptStarted A/1
  do A/1  key s1:A
  = running, wake +310s
> unknown A
  AttemptFailed A/1 unknown
  StepGivenUp A
  Failing Error: 500 no
  Drained
  UndoStarted A:undo (bare)
  Entered A:undo
  AttemptStarted A:undo[0]/one/1
  do A:undo[0]/one/1  key s1:A:undo[0]/one
  = compensating, wake +310s
> ok A {"items":[1,2]}
  LateSuccess #1
  = compensating, wake +309990ms
> gone A:undo[0]/one
  AttemptFailed A:undo[0]/one/1 rejected
  Completed A:undo[0]/one null
  Completed A:undo null
  Undone 1
  UndoStarted A:undo.1
  Entered A:undo.1
  AttemptStarted A:undo.1[0]/one/2
  do A:undo.1[0]/one/2  key s1:A:undo.1[0]/one  {"items":[1,2]}
  = compensating, wake +310s
> ok A:undo.1[0]/one
  Completed A:undo.1[0]/one {"id":"A:undo.1[0]/one"}
  Iterated A:undo.1 1
  AttemptStarted A:undo.1[1]/one/3
  do A:undo.1[1]/one/3  key s1:A:undo.1[1]/one  {"id":"A:undo.1[0]/one"}
  = compensating, wake +310s
> ok A:undo.1[1]/one
  Completed A:undo.1[1]/one {"id":"A:undo.1[1]/one"}
  Completed A:undo.1 {"id":"A:undo.1[1]/one"}
  Undone 1
  Ended compensated
  = compensated
> show
  A  unknown  [1 unknown]  (it succeeded after it was given up)
  A:undo[0]/one  succeeded  [1 rejected]  in A:undo
  A:undo.1[0]/one  succeeded  [2 succeeded]  in A:undo.1
  A:undo.1[1]/one  succeeded  [3 succeeded]  in A:undo.1
  {"standing":[],"maybe":[],"late":1,"letters":[]}
