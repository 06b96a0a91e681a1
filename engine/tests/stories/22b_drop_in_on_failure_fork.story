# Dropped beside siblings: the held one closes, the one that is out is awaited
do:
- A: { call: s.do, compensate: s.undo }
- fail: { raise: { error: { type: 'https://x.example/no', status: 409, title: No } } }
saga:
  onFailure:
  - tell: { fork: { branches: [{ one: { call: s.do } }, { two: { call: s.do } }, { three: { call: s.do } }] } }
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
  AttemptStarted three/1
  do one/1  key s1:one
  do two/1  key s1:two
  do three/1  key s1:three
  = compensating, wake +310s
> reject two
  AttemptFailed two/1 rejected
  StepHeld two: a task of onFailure is refused
  = compensating, wake +309990ms
> reject one
  AttemptFailed one/1 rejected
  StepHeld one: a task of onFailure is refused
  = compensating, wake +309980ms
> drop one "no"
  LetterClosed one no
  StepGivenUp two
  OnFailureLeft
  = compensating, wake +309970ms
> unknown three
  AttemptFailed three/1 unknown
  StepGivenUp three
  Ended compensated
  = compensated
> show
  A  succeeded  [1 succeeded]
  fail  rejected  []
  A:undo  succeeded  [1 succeeded]
  one  skipped  [1 rejected]  in onFailure/tell  (no)
  two  rejected  [1 rejected]  in onFailure/tell  (a task of onFailure is refused)
  three  unknown  [1 unknown]  in onFailure/tell
  {"standing":[],"maybe":["three"],"late":0,"letters":[]}
