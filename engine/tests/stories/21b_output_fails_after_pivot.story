# After the pivot such a step is held: what is done is done, and only its output is asked for
do:
- A: { call: s.do, compensate: s.undo }
- P: { call: s.do, pivot: true }
- B: { call: s.do, compensate: s.undo, output: { as: '${ .id + 1 }' } }
- C: { call: s.do, compensate: s.undo }
----
> start
  Submitted
  AttemptStarted A/1
  do A/1  key s1:A
  = running, wake +310s
> ok A
  Completed A {"id":"A"}
  AttemptStarted P/1
  do P/1  key s1:P  {"id":"A"}
  = running, wake +310s
> ok P
  PivotPassed P
  Completed P {"id":"P"}
  AttemptStarted B/1
  do B/1  key s1:B  {"id":"P"}
  = running, wake +310s
> ok B
  OutputHeld B: it is done, but its output has not the shape it needs: it failed after the pivot `P`, where there is no way back
  = suspended
> show
  A  succeeded  [1 succeeded]
  P  succeeded  [1 succeeded]
  B  held  [1 succeeded]
  {"standing":[],"maybe":[],"late":0,"letters":["s1/B"]}
# A second success changes nothing.
> ok B
  = suspended
> cancel
  refused pivot-passed: saga `s1` has passed its pivot `P`: there is no way back, it goes on to its end
> retry B
  LetterClosed B
  OutputHeld B: it is done, but its output has not the shape it needs: it failed after the pivot `P`, where there is no way back
  = suspended
> retry B {"id":1}
  LetterClosed B
  Completed B 2
  AttemptStarted C/1
  do C/1  key s1:C  2
  = running, wake +310s
> ok C
  Completed C {"id":"C"}
  Ended completed
  = completed
> show
  A  succeeded  [1 succeeded]
  P  succeeded  [1 succeeded]
  B  succeeded  [1 succeeded]
  C  succeeded  [1 succeeded]
  {"standing":[],"maybe":[],"late":0,"letters":[]}
