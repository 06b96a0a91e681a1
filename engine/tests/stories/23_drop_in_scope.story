# A compensation dropped in a block that was caught: the saga goes on, but may not end clean
do:
- guarded:
    try:
    - A: { call: s.do, compensate: s.undo }
    catch: { do: [{ H: { call: s.do } }] }
----
> start
  Submitted
  Entered guarded
  AttemptStarted A/1
  do A/1  key s1:A
  = running, wake +310s
> unknown A
  AttemptFailed A/1 unknown
  StepGivenUp A
  Caught guarded: 500
  UndoStarted A:undo (bare)
  AttemptStarted A:undo/1
  do A:undo/1  key s1:A:undo
  = running, wake +310s
> reject A:undo
  AttemptFailed A:undo/1 rejected
  StepHeld A:undo: a compensation is refused
  = suspended
> drop A:undo "leave it"
  UndoDropped 1 leave it
  HandlerStarted guarded
  AttemptStarted H/1
  do H/1  key s1:H
  = running, wake +310s
> ok H
  Completed H {"id":"H"}
  Completed guarded {"id":"H"}
  Ended faulted, standing: A
  = faulted
> show
  A  unknown  [1 unknown]  in guarded
  A:undo  rejected  [1 rejected]  (dropped: leave it)
  H  succeeded  [1 succeeded]  in guarded
  {"standing":["A"],"maybe":[],"late":0,"letters":[]}
