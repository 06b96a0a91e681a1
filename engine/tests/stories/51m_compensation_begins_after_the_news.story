# A compensation that could not begin without the output begins with it, once it is known and a person says so
do:
- A: { call: s.do, compensate: { for: { in: '${ $forward.output.items }' }, do: [{ one: { call: s.undo, with: { was: '${ $forward.outcome }', item: '${ $item }' } } }] } }
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
  TaskHeld A:undo: a compensation failed
  = suspended
> retry A:undo
  LetterClosed A:undo
  TaskHeld A:undo: a compensation failed
  = suspended
> ok A {"items":[7]}
  LateSuccess #1
  = suspended
> retry A:undo
  LetterClosed A:undo
  Entered A:undo
  AttemptStarted A:undo[0]/one/1
  do A:undo[0]/one/1  key s1:A:undo[0]/one  {"was":"succeeded","item":7}
  = compensating, wake +310s
> ok A:undo[0]/one
  Completed A:undo[0]/one {"id":"A:undo[0]/one"}
  Completed A:undo {"id":"A:undo[0]/one"}
  Undone 1
  UndoStarted A:undo.1
  Entered A:undo.1
  AttemptStarted A:undo.1[0]/one/2
  do A:undo.1[0]/one/2  key s1:A:undo.1[0]/one  {"was":"succeeded","item":7}
  = compensating, wake +310s
> gone A:undo.1[0]/one
  AttemptFailed A:undo.1[0]/one/2 rejected
  Completed A:undo.1[0]/one null
  Completed A:undo.1 null
  Undone 1
  Ended compensated
  = compensated
