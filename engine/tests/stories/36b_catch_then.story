# After its handler a block goes where `catch.then` says, and where nothing is said there, where its own `then` says
do:
- one:
    try: [{ A: { call: s.do } }]
    catch: { do: [{ H: { call: s.do } }], then: two }
- passed: { call: s.do }
- two:
    try: [{ B: { call: s.do } }]
    catch: { do: [{ I: { call: s.do } }] }
    then: three
- left: { call: s.do }
- three:
    try: [{ C: { call: s.do } }]
    catch: { then: end }
- over: { call: s.do }
----
> start
  Submitted
  Entered one
  AttemptStarted A/1
  do A/1  key s1:A
  = running, wake +310s
> reject A
  AttemptFailed A/1 rejected
  StepGivenUp A
  Caught one: 422
  HandlerStarted one
  AttemptStarted H/1
  do H/1  key s1:H
  = running, wake +310s
> ok H
  Completed H {"id":"H"}
  Completed one {"id":"H"}
  Entered two
  AttemptStarted B/1
  do B/1  key s1:B  {"id":"H"}
  = running, wake +310s
> reject B
  AttemptFailed B/1 rejected
  StepGivenUp B
  Caught two: 422
  HandlerStarted two
  AttemptStarted I/1
  do I/1  key s1:I  {"id":"H"}
  = running, wake +310s
> ok I
  Completed I {"id":"I"}
  Completed two {"id":"I"}
  Entered three
  AttemptStarted C/1
  do C/1  key s1:C  {"id":"I"}
  = running, wake +310s
> reject C
  AttemptFailed C/1 rejected
  StepGivenUp C
  Caught three: 422
  HandlerStarted three
  Completed three {"id":"I"}
  Ended completed
  = completed
