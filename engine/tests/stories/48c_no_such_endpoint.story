# An endpoint that is no URL makes no request, nor does one that is no text; either scheme is fine
do:
- plain: { call: http, with: { method: get, endpoint: '${ "http://x.example/a" }' } }
- secure: { call: http, with: { method: get, endpoint: '${ "https://x.example/a" }' } }
- guarded:
    try: [{ other: { call: http, with: { method: get, endpoint: '${ "ftp://x.example/a" }' } } }]
    catch: { do: [] }
- number: { call: http, with: { method: get, endpoint: '${ 1 }' } }
----
> start
  Submitted
  AttemptStarted plain/1
  do plain/1  key s1:plain  GET http://x.example/a
  = running, wake +330s
> ok plain
  Completed plain {"id":"plain"}
  AttemptStarted secure/1
  do secure/1  key s1:secure  GET https://x.example/a
  = running, wake +330s
> ok secure
  Completed secure {"id":"secure"}
  Entered guarded
  Failed other: 400 The endpoint is no http(s) URL
  Caught guarded: 400
  HandlerStarted guarded
  Completed guarded {"id":"secure"}
  Failed number: 400 The endpoint is no text
  Failing Error: 400 The endpoint is no text
  Drained
  Ended faulted
  = faulted
