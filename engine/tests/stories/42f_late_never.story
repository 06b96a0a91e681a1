# A success after a refusal that was final: the service broke its word, and it is undone at once
do:
- A: { call: s.do, compensate: s.undo }
- B: { call: f.do, compensate: f.undo }
----
> start
  Submitted
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
  Failing Error: 422 no
  Drained
  UndoStarted A:undo
  AttemptStarted A:undo/1
  do A:undo/1  key s1:A:undo  {"id":"A"}
  = compensating, wake +310s
> ok B
  LateSuccess #2
  = compensating, wake +309990ms
> ok A:undo
  Completed A:undo {"id":"A:undo"}
  Undone 1
  UndoStarted B:undo
  AttemptStarted B:undo/1
  do B:undo/1  key s1:B:undo  {"id":"B"}
  = compensating, wake +310s
> ok B:undo
  Completed B:undo {"id":"B:undo"}
  Undone 2
  Ended compensated
  = compensated
> show
  A  succeeded  [1 succeeded]
  B  rejected  [1 rejected]  (it succeeded after it was given up)
  A:undo  succeeded  [1 succeeded]
  B:undo  succeeded  [1 succeeded]
  {"standing":[],"maybe":[],"late":1,"letters":[]}
