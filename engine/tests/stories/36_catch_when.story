# `catch.when` decides on the error; what it does not take goes further up
do:
- outer:
    try:
    - inner:
        try:
        - A: { call: s.do }
        catch: { when: '${ $error.status == 429 }', do: [{ wrong: { call: s.do } }] }
    catch: { as: why, when: '${ $why.status == 422 }', do: [{ right: { call: s.do, with: { was: '${ $why.status }' } } }] }
----
> start
  Submitted
  Entered outer
  Entered inner
  AttemptStarted A/1
  do A/1  key s1:A
  = running, wake +310s
> reject A
  AttemptFailed A/1 rejected
  StepGivenUp A
  Left inner
  Caught outer: 422
  HandlerStarted outer
  AttemptStarted right/1
  do right/1  key s1:right  {"was":422}
  = running, wake +310s
> ok right
  Completed right {"id":"right"}
  Completed outer {"id":"right"}
  Ended completed
  = completed
