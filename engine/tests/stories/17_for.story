# 17. One record an iteration, undone from the last
do:
- each:
    for: { in: '${ [1, 2] }' }
    do:
    - A: { call: s.do, with: { n: '${ $item }' }, compensate: { call: s.undo, with: { n: "${ $forward.input.n }" } } }
- fail: { raise: { error: { type: 'https://x.example/no', status: 409, title: No } } }
----
> start
  Submitted
  Entered each
  AttemptStarted A[0]/1
  do A[0]/1  key s1:A[0]  {"n":1}
  = running, wake +310s
> ok A[0]
  Completed A[0] {"id":"A[0]"}
  Iterated each 1
  AttemptStarted A[1]/1
  do A[1]/1  key s1:A[1]  {"n":2}
  = running, wake +310s
> ok A[1]
  Completed A[1] {"id":"A[1]"}
  Completed each {"id":"A[1]"}
  Failed fail: 409 No
  Failing Error: 409 No
  Drained
  UndoStarted A[1]:undo
  AttemptStarted A[1]:undo/1
  do A[1]:undo/1  key s1:A[1]:undo  {"n":2}
  = compensating, wake +310s
> ok A[1]:undo
  Completed A[1]:undo {"id":"A[1]:undo"}
  Undone 2
  UndoStarted A[0]:undo
  AttemptStarted A[0]:undo/1
  do A[0]:undo/1  key s1:A[0]:undo  {"n":1}
  = compensating, wake +310s
> ok A[0]:undo
  Completed A[0]:undo {"id":"A[0]:undo"}
  Undone 1
  Ended compensated
  = compensated
