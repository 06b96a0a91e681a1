# A caught step in a composite is undone in the block; the composite stands for the rest
do:
- K:
    do:
    - A: { call: s.do, compensate: s.undo }
    - guarded: { try: [{ B: { call: s.do, compensate: s.undo } }], catch: { do: [{ H: { call: s.do, compensate: s.undo } }] } }
    compensate: s.undo
- fail: { raise: { error: { type: 'https://x.example/no', status: 409, title: No } } }
----
> start
  Submitted
  Entered K
  AttemptStarted A/1
  do A/1  key s1:A
  = running, wake +310s
> ok A
  Completed A {"id":"A"}
  Entered guarded
  AttemptStarted B/1
  do B/1  key s1:B  {"id":"A"}
  = running, wake +310s
> unknown B
  AttemptFailed B/1 unknown
  StepGivenUp B
  Caught guarded: 500
  UndoStarted B:undo (bare)
  AttemptStarted B:undo/1
  do B:undo/1  key s1:B:undo
  = running, wake +310s
> gone B:undo
  AttemptFailed B:undo/1 rejected
  Completed B:undo null
  Undone 2
  HandlerStarted guarded
  AttemptStarted H/1
  do H/1  key s1:H  {"id":"A"}
  = running, wake +310s
> ok H
  Completed H {"id":"H"}
  Completed guarded {"id":"H"}
  Completed K {"id":"H"}
  Failed fail: 409 No
  Failing Error: 409 No
  Drained
  UndoStarted K:undo
  AttemptStarted K:undo/1
  do K:undo/1  key s1:K:undo  {"id":"H"}
  = compensating, wake +310s
> owed
  []
# Its composite is undone: B lands after all.
> ok B
  LateSuccess #2
  = compensating, wake +309980ms
> ok K:undo
  Completed K:undo {"id":"K:undo"}
  Undone 4
  UndoStarted B:undo.1
  AttemptStarted B:undo.1/2
  do B:undo.1/2  key s1:B:undo.1  {"id":"B"}
  = compensating, wake +310s
> ok B:undo.1
  Completed B:undo.1 {"id":"B:undo.1"}
  Undone 2
  Ended compensated
  = compensated
> ok A
  = compensated
