# One branch of a race has failed and another is between its steps, or waits: nobody has won or lost yet
do:
- race:
    fork:
      compete: true
      branches:
      - A: { call: s.do, compensate: s.undo }
      - B: { do: [{ B1: { call: s.do, compensate: s.undo } }, { nap: { wait: { seconds: 5 } } }, { B2: { call: s.do } }] }
- after: { call: s.do }
----
> start
  Submitted
  Entered race
  AttemptStarted A/1
  Entered B
  AttemptStarted B1/1
  do A/1  key s1:A
  do B1/1  key s1:B1
  = running, wake +310s
> reject A
  AttemptFailed A/1 rejected
  StepGivenUp A
  BranchFailed race 0
  = running, wake +309990ms
> ok B1
  Completed B1 {"id":"B1"}
  Entered nap
  = waiting, wake +5s
> after 5s
  Completed nap {"id":"B1"}
  AttemptStarted B2/1
  do B2/1  key s1:B2  {"id":"B1"}
  = running, wake +310s
> ok B2
  Completed B2 {"id":"B2"}
  Completed B {"id":"B2"}
  BranchWon race 1
  UndoStarted A:undo (bare)
  AttemptStarted A:undo/1
  do A:undo/1  key s1:A:undo
  = running, wake +310s
> ok A:undo
  Completed A:undo {"id":"A:undo"}
  Undone 1
  Completed race {"id":"B2"}
  AttemptStarted after/1
  do after/1  key s1:after  {"id":"B2"}
  = running, wake +310s
> ok after
  Completed after {"id":"after"}
  Ended completed
  = completed
