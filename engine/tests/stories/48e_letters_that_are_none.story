# Only an open dead letter can be settled, and whoever drops one says why
do:
- A: { call: s.do, compensate: s.undo }
----
> start
  Submitted
  AttemptStarted A/1
  do A/1  key s1:A
  = running, wake +310s
> retry A
  refused letter-closed: `s1/A` is no dead letter any more: it is under way
> skip A
  refused letter-closed: `s1/A` is no dead letter any more: it is under way
> drop A why
  refused letter-closed: `s1/A` is no dead letter any more: it is under way
> retry B
  refused letter-unknown: `s1/B` is no open dead letter: it was settled, or never was one
> poison A
  AttemptFailed A/1 unknown
  StepHeld A: the queue gave the job up (delivery_limit): it may be poison to workers
  = suspended
> drop A
  refused reason-required: dropping says that this will not be done: say why
> drop A it is broken
  StepGivenUp A
  Failing Error: 500 The queue gave the job up
  Drained
  UndoStarted A:undo (bare)
  AttemptStarted A:undo/1
  do A:undo/1  key s1:A:undo
  = compensating, wake +310s
> skip A:undo
  refused letter-closed: `s1/A:undo` is no dead letter any more: it is under way
> reject A:undo
  AttemptFailed A:undo/1 rejected
  StepHeld A:undo: a compensation is refused
  = suspended
> skip A:undo
  refused reason-required: skipping a compensation leaves an effect to a person's word: say why with --reason
> drop A:undo
  refused reason-required: dropping says that this will not be done: say why
> skip A:undo it was settled by hand
  UndoSkipped 1 it was settled by hand
  Ended compensated
  = compensated
> skip A:undo again
  refused letter-unknown: `s1/A:undo` is no open dead letter: it was settled, or never was one
