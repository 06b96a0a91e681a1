# `then: end` in a loop in a try ends the workflow, `exit` its list
do:
- each:
    for: { in: '${ [1, 2, 3] }' }
    do:
    - guarded:
        try:
        - A: { call: s.do }
        - pick: { switch: [{ last: { when: '${ $item == 2 }', then: end } }, { other: { then: exit } }] }
        - never: { call: s.do }
        catch: {}
    - B: { call: s.do }
- after: { call: s.do }
----
> start
  Submitted
  Entered each
  Entered guarded[0]
  AttemptStarted A[0]/1
  do A[0]/1  key s1:A[0]
  = running, wake +310s
> ok A[0]
  Completed A[0] {"id":"A[0]"}
  Passed guarded[0] exit
  Completed guarded[0] {"id":"A[0]"}
  AttemptStarted B[0]/1
  do B[0]/1  key s1:B[0]  {"id":"A[0]"}
  = running, wake +310s
> ok B[0]
  Completed B[0] {"id":"B[0]"}
  Iterated each 1
  Entered guarded[1]
  AttemptStarted A[1]/1
  do A[1]/1  key s1:A[1]  {"id":"B[0]"}
  = running, wake +310s
> ok A[1]
  Completed A[1] {"id":"A[1]"}
  Passed guarded[1] end
  Completed guarded[1] {"id":"A[1]"}
  Completed each {"id":"A[1]"}
  Ended completed
  = completed
