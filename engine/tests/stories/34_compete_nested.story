# A loser may be a composite with its own compensation, half done or done
do:
- race:
    fork:
      compete: true
      branches:
      - fast: { do: [{ A: { call: s.do, compensate: s.undo } }] }
      - slow: { do: [{ K: { do: [{ B: { call: s.do, compensate: s.undo } }], compensate: s.undo } }, { C: { call: s.do, compensate: s.undo } }] }
- fail: { raise: { error: { type: 'https://x.example/no', status: 409, title: No } } }
----
> start
  Submitted
  Entered race
  Entered fast
  AttemptStarted A/1
  Entered slow
  Entered K
  AttemptStarted B/1
  do A/1  key s1:A
  do B/1  key s1:B
  = running, wake +310s
> ok B
  Completed B {"id":"B"}
  Completed K {"id":"B"}
  AttemptStarted C/1
  do C/1  key s1:C  {"id":"B"}
  = running, wake +309990ms
> ok A
  Completed A {"id":"A"}
  Completed fast {"id":"A"}
  BranchWon race 0
  = running, wake +309990ms
> ok C
  Completed C {"id":"C"}
  Left slow
  UndoStarted C:undo
  AttemptStarted C:undo/1
  do C:undo/1  key s1:C:undo  {"id":"C"}
  = running, wake +310s
> ok C:undo
  Completed C:undo {"id":"C:undo"}
  Undone 4
  UndoStarted K:undo
  AttemptStarted K:undo/1
  do K:undo/1  key s1:K:undo  {"id":"B"}
  = running, wake +310s
> ok K:undo
  Completed K:undo {"id":"K:undo"}
  Undone 2
  Completed race {"id":"A"}
  Failed fail: 409 No
  Failing Error: 409 No
  Drained
  UndoStarted A:undo
  AttemptStarted A:undo/1
  do A:undo/1  key s1:A:undo  {"id":"A"}
  = compensating, wake +310s
> ok A:undo
  Completed A:undo {"id":"A:undo"}
  Undone 3
  Ended compensated
  = compensated
