# A `then` that goes back begins a lap: its steps have new names and keys, over the whole saga, and each is undone
do:
- A: { call: s.do, compensate: s.undo }
- inner:
    do:
    - B: { call: s.do, compensate: s.undo }
    - again: { switch: [{ more: { when: '${ .more }', then: B } }, { else: { then: exit } }] }
- round: { switch: [{ more: { when: '${ .round }', then: A } }] }
- C: { call: s.do, compensate: s.undo }
----
> start
  Submitted
  AttemptStarted A/1
  do A/1  key s1:A
  = running, wake +310s
> ok A
  Completed A {"id":"A"}
  Entered inner
  AttemptStarted B/1
  do B/1  key s1:B  {"id":"A"}
  = running, wake +310s
> ok B {"more":true}
  Completed B {"more":true}
  Passed inner
  AttemptStarted B~1/1
  do B~1/1  key s1:B~1  {"more":true}
  = running, wake +310s
> ok B~1 {"round":true}
  Completed B~1 {"round":true}
  Passed inner exit
  Completed inner {"round":true}
  Passed :main
  AttemptStarted A~2/1
  do A~2/1  key s1:A~2  {"round":true}
  = running, wake +310s
> ok A~2
  Completed A~2 {"id":"A~2"}
  Entered inner~2
  AttemptStarted B~2/1
  do B~2/1  key s1:B~2  {"id":"A~2"}
  = running, wake +310s
> ok B~2
  Completed B~2 {"id":"B~2"}
  Passed inner~2 exit
  Completed inner~2 {"id":"B~2"}
  Passed :main
  AttemptStarted C~2/1
  do C~2/1  key s1:C~2  {"id":"B~2"}
  = running, wake +310s
> owed
  [B~2, A~2, B~1, B, A]
> reject C~2
  AttemptFailed C~2/1 rejected
  StepGivenUp C~2
  Failing Error: 422 no
  Drained
  UndoStarted C~2:undo (bare)
  AttemptStarted C~2:undo/1
  do C~2:undo/1  key s1:C~2:undo
  = compensating, wake +310s
> ok C~2:undo
  Completed C~2:undo {"id":"C~2:undo"}
  Undone 6
  UndoStarted B~2:undo
  AttemptStarted B~2:undo/1
  do B~2:undo/1  key s1:B~2:undo  {"id":"B~2"}
  = compensating, wake +310s
> ok B~2:undo
  Completed B~2:undo {"id":"B~2:undo"}
  Undone 5
  UndoStarted A~2:undo
  AttemptStarted A~2:undo/1
  do A~2:undo/1  key s1:A~2:undo  {"id":"A~2"}
  = compensating, wake +310s
> ok A~2:undo
  Completed A~2:undo {"id":"A~2:undo"}
  Undone 4
  UndoStarted B~1:undo
  AttemptStarted B~1:undo/1
  do B~1:undo/1  key s1:B~1:undo  {"round":true}
  = compensating, wake +310s
> ok B~1:undo
  Completed B~1:undo {"id":"B~1:undo"}
  Undone 3
  UndoStarted B:undo
  AttemptStarted B:undo/1
  do B:undo/1  key s1:B:undo  {"more":true}
  = compensating, wake +310s
> ok B:undo
  Completed B:undo {"id":"B:undo"}
  Undone 2
  UndoStarted A:undo
  AttemptStarted A:undo/1
  do A:undo/1  key s1:A:undo  {"id":"A"}
  = compensating, wake +310s
> ok A:undo
  Completed A:undo {"id":"A:undo"}
  Undone 1
  Ended compensated
  = compensated
