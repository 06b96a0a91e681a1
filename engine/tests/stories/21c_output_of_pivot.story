# The pivot itself gives an output that cannot be shaped: it passed all the same; a skip gives the output as it is
do:
- A: { call: s.do, compensate: s.undo }
- P: { call: s.do, pivot: true, output: { as: '${ error("no") }' } }
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
  OutputHeld P: it is done, but its output has not the shape it needs: it failed after the pivot `P`, where there is no way back
  = suspended
> owed
  []
> skip P {"by":"hand"}
  Completed P (skipped) {"by":"hand"}
  AttemptStarted C/1
  do C/1  key s1:C  {"by":"hand"}
  = running, wake +310s
> ok C
  Completed C {"id":"C"}
  Ended completed
  = completed
