# A branch is one task: where it says to go on elsewhere, it ends all the same
do:
- both:
    fork:
      branches:
      - which: { switch: [{ there: { when: '${ true }', then: exit } }] }
      - A: { call: s.do, compensate: s.undo, then: exit }
      - B: { call: s.do, compensate: s.undo }
- C: { call: s.do }
----
> start
  Submitted
  Entered both
  Completed which null
  AttemptStarted A/1
  AttemptStarted B/1
  do A/1  key s1:A
  do B/1  key s1:B
  = running, wake +310s
> ok A
  Completed A {"id":"A"}
  = running, wake +309990ms
> ok B
  Completed B {"id":"B"}
  Completed both [null,{"id":"A"},{"id":"B"}]
  AttemptStarted C/1
  do C/1  key s1:C  [null,{"id":"A"},{"id":"B"}]
  = running, wake +310s
> ok C
  Completed C {"id":"C"}
  Ended completed
  = completed
> show
  which  succeeded  []  in both
  A  succeeded  [1 succeeded]  in both
  B  succeeded  [1 succeeded]  in both
  C  succeeded  [1 succeeded]
  {"standing":[],"maybe":[],"late":0,"letters":[]}
