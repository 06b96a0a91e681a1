# A block that runs again is undone one by one, also where held ones do not stop the others
do:
- guarded:
    try: [{ A: { call: s.do, compensate: s.undo } }, { B: { call: s.do, compensate: s.undo } }, { C: { call: s.do } }]
    catch: { retry: { limit: { attempt: { count: 1 } }, delay: { seconds: 1 } } }
saga: { compensation: { onError: continue } }
----
> start
  Submitted
  Entered guarded
  AttemptStarted A/1
  do A/1  key s1:A
  = running, wake +310s
> ok A
  Completed A {"id":"A"}
  AttemptStarted B/1
  do B/1  key s1:B  {"id":"A"}
  = running, wake +310s
> ok B
  Completed B {"id":"B"}
  AttemptStarted C/1
  do C/1  key s1:C  {"id":"B"}
  = running, wake +310s
> reject C
  AttemptFailed C/1 rejected
  StepGivenUp C
  Caught guarded: 422, again in 1s
  UndoStarted B:undo
  AttemptStarted B:undo/1
  do B:undo/1  key s1:B:undo  {"id":"B"}
  = running, wake +310s
> reject B:undo
  AttemptFailed B:undo/1 rejected
  StepHeld B:undo: a compensation is refused
  UndoStarted A:undo
  AttemptStarted A:undo/1
  do A:undo/1  key s1:A:undo  {"id":"A"}
  = running, wake +310s
> ok A:undo
  Completed A:undo {"id":"A:undo"}
  Undone 1
  = suspended
> after 2s
  = suspended
> retry B:undo
  Retried B:undo
  AttemptStarted B:undo/2
  do B:undo/2  key s1:B:undo  {"id":"B"}
  = running, wake +310s
> ok B:undo
  Completed B:undo {"id":"B:undo"}
  Undone 2
  RoundStarted guarded 2
  AttemptStarted A#2/1
  do A#2/1  key s1:A#2
  = running, wake +310s
> after 2s
  = running, wake +307990ms
> ok A#2
  Completed A#2 {"id":"A#2"}
  AttemptStarted B#2/1
  do B#2/1  key s1:B#2  {"id":"A#2"}
  = running, wake +310s
> ok B#2
  Completed B#2 {"id":"B#2"}
  AttemptStarted C#2/1
  do C#2/1  key s1:C#2  {"id":"B#2"}
  = running, wake +310s
> ok C#2
  Completed C#2 {"id":"C#2"}
  Completed guarded {"id":"C#2"}
  Ended completed
  = completed
