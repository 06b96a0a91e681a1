# News that comes between two calls of a round changes neither: the next round gets it, in all its calls
do:
- A: { call: s.do, compensate: { do: [{ one: { call: s.undo, with: { was: '${ $forward.outcome }', got: '${ $forward.output }' } } }, { two: { call: s.undo, with: { was: '${ $forward.outcome }', got: '${ $forward.output }' } } }] } }
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
  AttemptStarted A:undo/one/1
  do A:undo/one/1  key s1:A:undo/one  {"was":"unknown","got":null}
  = compensating, wake +310s
> ok A
  LateSuccess #1
  = compensating, wake +309990ms
> ok A:undo/one
  Completed A:undo/one {"id":"A:undo/one"}
  AttemptStarted A:undo/two/2
  do A:undo/two/2  key s1:A:undo/two  {"was":"unknown","got":null}
  = compensating, wake +310s
> gone A:undo/two
  AttemptFailed A:undo/two/2 rejected
  Completed A:undo/two null
  Completed A:undo null
  Undone 1
  UndoStarted A:undo.1
  Entered A:undo.1
  AttemptStarted A:undo.1/one/3
  do A:undo.1/one/3  key s1:A:undo.1/one  {"was":"succeeded","got":{"id":"A"}}
  = compensating, wake +310s
> gone A:undo.1/one
  AttemptFailed A:undo.1/one/3 rejected
  Completed A:undo.1/one null
  AttemptStarted A:undo.1/two/4
  do A:undo.1/two/4  key s1:A:undo.1/two  {"was":"succeeded","got":{"id":"A"}}
  = compensating, wake +310s
> gone A:undo.1/two
  AttemptFailed A:undo.1/two/4 rejected
  Completed A:undo.1/two null
  Completed A:undo.1 null
  Undone 1
  Ended compensated
  = compensated
