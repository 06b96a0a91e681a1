# The next round waits for the undoing of the last one, however long that takes
do:
- guarded:
    try:
    - A: { call: s.do, compensate: s.undo }
    - B: { call: s.do, compensate: s.undo }
    catch:
      retry: { limit: { attempt: { count: 1 } }, delay: { seconds: 1 } }
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
> reject B
  AttemptFailed B/1 rejected
  StepGivenUp B
  Caught guarded: 422, again in 1s
  UndoStarted B:undo (bare)
  AttemptStarted B:undo/1
  do B:undo/1  key s1:B:undo
  = running, wake +310s
> after 2s
  = running, wake +307990ms
> ok B:undo
  Completed B:undo {"id":"B:undo"}
  Undone 2
  UndoStarted A:undo
  AttemptStarted A:undo/1
  do A:undo/1  key s1:A:undo  {"id":"A"}
  = running, wake +310s
> ok A:undo
  Completed A:undo {"id":"A:undo"}
  Undone 1
  RoundStarted guarded 2
  AttemptStarted A#2/1
  do A#2/1  key s1:A#2
  = running, wake +310s
> ok A#2
  Completed A#2 {"id":"A#2"}
  AttemptStarted B#2/1
  do B#2/1  key s1:B#2  {"id":"A#2"}
  = running, wake +310s
> ok B#2
  Completed B#2 {"id":"B#2"}
  Completed guarded {"id":"B#2"}
  Ended completed
  = completed
