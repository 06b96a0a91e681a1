# A pause in onFailure, and a dead letter there: skipped, the rest goes on; dropped, the rest is left out
do:
- A: { call: s.do, compensate: s.undo }
- fail: { raise: { error: { type: 'https://x.example/no', status: 409, title: No } } }
saga:
  onFailure:
  - tell: { call: s.do }
  - more: { call: s.do }
  - last: { call: s.do }
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
  AttemptStarted tell/1
  do tell/1  key s1:tell
  = compensating, wake +310s
> pause
  Paused
  = suspended, wake +309990ms
> ok tell
  Completed tell {"id":"tell"}
  = suspended
> resume
  Resumed
  AttemptStarted more/1
  do more/1  key s1:more  {"id":"tell"}
  = compensating, wake +310s
> reject more
  AttemptFailed more/1 rejected
  StepHeld more: a task of onFailure is refused
  = suspended
> cancel
  = suspended
> skip more
  Completed more (skipped) null
  AttemptStarted last/1
  do last/1  key s1:last
  = compensating, wake +310s
> reject last
  AttemptFailed last/1 rejected
  StepHeld last: a task of onFailure is refused
  = suspended
> drop last "never mind"
  LetterClosed last never mind
  OnFailureLeft
  Ended compensated
  = compensated
> show
  A  succeeded  [1 succeeded]
  fail  rejected  []
  A:undo  succeeded  [1 succeeded]
  tell  succeeded  [1 succeeded]  in onFailure
  more  skipped  [1 rejected]  in onFailure
  last  skipped  [1 rejected]  in onFailure  (never mind)
  {"standing":[],"maybe":[],"late":0,"letters":[]}
