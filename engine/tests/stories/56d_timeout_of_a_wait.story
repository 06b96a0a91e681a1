# A wait that its own timeout ends is over, and says so; of a block's, the wait was stopped
do:
- A: { call: s.do, compensate: s.undo }
- calm:
    try: [{ nap: { wait: { hours: 1 }, timeout: { after: { seconds: 1 } } } }]
    catch: { do: [{ noted: { set: { late: true } } }] }
- calmer:
    try: [{ block: { do: [{ doze: { wait: { hours: 1 } } }], timeout: { after: { seconds: 1 } } } }]
    catch: { do: [{ known: { set: { late: true } } }] }
- B: { call: s.do, compensate: s.undo }
----
> start
  Submitted
  AttemptStarted A/1
  do A/1  key s1:A
  = running, wake +310s
> ok A
  Completed A {"id":"A"}
  Entered calm
  Entered nap
  = waiting, wake +1s
> after 1s
  Left nap
  Caught calm: 408
  HandlerStarted calm
  Completed noted {"late":true}
  Completed calm {"late":true}
  Entered calmer
  Entered block
  Entered doze
  = waiting, wake +1s
> after 1s
  StepStopped doze
  Left block
  Caught calmer: 408
  HandlerStarted calmer
  Completed known {"late":true}
  Completed calmer {"late":true}
  AttemptStarted B/1
  do B/1  key s1:B  {"late":true}
  = running, wake +310s
> ok B
  Completed B {"id":"B"}
  Ended completed
  = completed
> show
  A  succeeded  [1 succeeded]
  nap  rejected  []  in calm  (it took longer than its timeout)
  noted  succeeded  []  in calm
  doze  skipped  []  in calmer/block  (stopped: the block around it ended)
  known  succeeded  []  in calmer
  B  succeeded  [1 succeeded]
  {"standing":[],"maybe":[],"late":0,"letters":[]}
