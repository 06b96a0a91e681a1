# Two blocks of a fork are undone side by side; a person's retry in one waits for nothing in the other
do:
- both:
    fork:
      branches:
      - left: { try: [{ A: { call: s.do, compensate: s.undo } }], catch: { do: [] } }
      - right: { try: [{ B: { call: s.do, compensate: s.undo } }], catch: { do: [] } }
----
> start
  Submitted
  Entered both
  Entered left
  Entered right
  AttemptStarted A/1
  AttemptStarted B/1
  do A/1  key s1:A
  do B/1  key s1:B
  = running, wake +310s
> unknown A
  AttemptFailed A/1 unknown
  StepGivenUp A
  Caught left: 500
  UndoStarted A:undo (bare)
  AttemptStarted A:undo/1
  do A:undo/1  key s1:A:undo
  = running, wake +309990ms
> reject A:undo
  AttemptFailed A:undo/1 rejected
  StepHeld A:undo: a compensation is refused
  = running, wake +309980ms
> unknown B
  AttemptFailed B/1 unknown
  StepGivenUp B
  Caught right: 500
  UndoStarted B:undo (bare)
  AttemptStarted B:undo/1
  do B:undo/1  key s1:B:undo
  = running, wake +310s
> retry A:undo
  Retried A:undo
  AttemptStarted A:undo/2
  do A:undo/2  key s1:A:undo
  = running, wake +309990ms
> ok A:undo
  Completed A:undo {"id":"A:undo"}
  Undone 1
  HandlerStarted left
  Completed left null
  = running, wake +309980ms
> ok B:undo
  Completed B:undo {"id":"B:undo"}
  Undone 2
  HandlerStarted right
  Completed right null
  Completed both [null,null]
  Ended completed
  = completed
