# The input of an operation fills the path; what is left is the body, or the query where there is no body
do:
- fill: { call: s.put, with: { n: 'a/b c-._~é', left: 1 } }
- all: { call: s.put, with: { n: 7 } }
- query: { call: s.look, with: { text: x, number: 2, none: null, list: [1] } }
- plain: { call: s.look, with: '${ "no object" }' }
- guarded: { try: [{ missing: { call: s.put, with: { n: null } } }], catch: {} }
- empty: { call: s.put, with: { n: '' } }
----
> start
  Submitted
  AttemptStarted fill/1
  do fill/1  key s1:fill  POST /put/a%2Fb%20c-._~%C3%A9  {"left":1}
  = running, wake +310s
> ok fill
  Completed fill {"id":"fill"}
  AttemptStarted all/1
  do all/1  key s1:all  POST /put/7  {}
  = running, wake +310s
> ok all
  Completed all {"id":"all"}
  AttemptStarted query/1
  do query/1  key s1:query  GET /look  ?text=x  ?number=2  ?list=[1]
  = running, wake +310s
> ok query
  Completed query {"id":"query"}
  AttemptStarted plain/1
  do plain/1  key s1:plain  GET /look
  = running, wake +310s
> ok plain
  Completed plain {"id":"plain"}
  Entered guarded
  Failed missing: 400 The path cannot be filled
  Caught guarded: 400
  HandlerStarted guarded
  Completed guarded {"id":"plain"}
  Failed empty: 400 The path cannot be filled
  Failing Error: 400 The path cannot be filled
  Drained
  Ended faulted
  = faulted
