# A fork in onFailure joins
do:
- A: { call: s.do, compensate: s.undo }
- fail: { raise: { error: { type: 'https://x.example/no', status: 409, title: No } } }
saga:
  onFailure:
  - tell: { fork: { branches: [{ one: { call: s.do } }, { two: { call: s.do } }] } }
  - more: { call: s.do }
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
  AttemptStarted A:undo/1
  do A:undo/1  key s1:A:undo  {"id":"A"}
  = compensating, wake +310s
> ok A:undo
  Completed A:undo {"id":"A:undo"}
  Undone 1
  OnFailureStarted
  Entered tell
  AttemptStarted one/1
  AttemptStarted two/1
  do one/1  key s1:one
  do two/1  key s1:two
  = compensating, wake +310s
> ok two
  Completed two {"id":"two"}
  = compensating, wake +309990ms
> ok one
  Completed one {"id":"one"}
  Completed tell [{"id":"one"},{"id":"two"}]
  AttemptStarted more/1
  do more/1  key s1:more  [{"id":"one"},{"id":"two"}]
  = compensating, wake +310s
> ok more
  Completed more {"id":"more"}
  OnFailureLeft
  Ended compensated
  = compensated
