# 13. What a caught block completed keeps its record; the step that failed is undone before the handler
do:
- guarded:
    try:
    - A: { call: s.do, compensate: s.undo }
    - B: { call: s.do, compensate: s.undo }
    catch:
      do:
      - H: { call: s.do, compensate: s.undo }
- fail: { raise: { error: { type: 'https://x.example/no', status: 409, title: No } } }
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
  Caught guarded: 422
  UndoStarted B:undo (bare)
  AttemptStarted B:undo/1
  do B:undo/1  key s1:B:undo
  = running, wake +310s
> ok B:undo
  Completed B:undo {"id":"B:undo"}
  Undone 2
  HandlerStarted guarded
  AttemptStarted H/1
  do H/1  key s1:H
  = running, wake +310s
> ok H
  Completed H {"id":"H"}
  Completed guarded {"id":"H"}
  Failed fail: 409 No
  Failing Error: 409 No
  Drained
  UndoStarted H:undo
  AttemptStarted H:undo/1
  do H:undo/1  key s1:H:undo  {"id":"H"}
  = compensating, wake +310s
> ok H:undo
  Completed H:undo {"id":"H:undo"}
  Undone 3
  UndoStarted A:undo
  AttemptStarted A:undo/1
  do A:undo/1  key s1:A:undo  {"id":"A"}
  = compensating, wake +310s
> ok A:undo
  Completed A:undo {"id":"A:undo"}
  Undone 1
  Ended compensated
  = compensated
> show
  A  succeeded  [1 succeeded]  in guarded
  B  rejected  [1 rejected]  in guarded
  B:undo  succeeded  [1 succeeded]
  H  succeeded  [1 succeeded]  in guarded
  fail  rejected  []
  H:undo  succeeded  [1 succeeded]
  A:undo  succeeded  [1 succeeded]
  {"standing":[],"maybe":[],"late":0,"letters":[]}
