# The timeout of a composite: what is out in it is unknown, and undone before the handler
do:
- guarded:
    try:
    - K:
        do:
        - A: { call: s.do, compensate: s.undo }
        - both: { fork: { branches: [{ B: { call: s.do, compensate: s.undo } }, { C: { call: s.do, compensate: s.undo } }] } }
        timeout: { after: { seconds: 3 } }
    catch: { do: [{ H: { call: s.do } }] }
----
> start
  Submitted
  Entered guarded
  Entered K
  AttemptStarted A/1
  do A/1  key s1:A
  = running, wake +3s
> ok A
  Completed A {"id":"A"}
  Entered both
  AttemptStarted B/1
  AttemptStarted C/1
  do B/1  key s1:B  {"id":"A"}
  do C/1  key s1:C  {"id":"A"}
  = running, wake +2990ms
> ok C
  Completed C {"id":"C"}
  = running, wake +2980ms
> after 3s
  AttemptFailed B/1 unknown
  StepGivenUp B
  Left both
  Left K
  Caught guarded: 408
  UndoStarted B:undo (bare)
  AttemptStarted B:undo/1
  do B:undo/1  key s1:B:undo
  = running, wake +310s
> ok B:undo
  Completed B:undo {"id":"B:undo"}
  Undone 3
  HandlerStarted guarded
  AttemptStarted H/1
  do H/1  key s1:H
  = running, wake +310s
> ok H
  Completed H {"id":"H"}
  Completed guarded {"id":"H"}
  Ended completed
  = completed
