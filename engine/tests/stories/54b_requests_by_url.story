# A call by URL: its places are filled from the task's input, its headers and query may be computed, its body is as given
do:
- one:
    call: http
    with:
      method: post
      endpoint: 'https://x.example/{shop}/orders/{id}'
      headers: { x-shop: '${ .shop }', x-none: null }
      query: { dry: true, of: '${ .id }' }
      body: { order: '${ .id }' }
- text: { call: http, with: { method: post, endpoint: 'http://x.example/a', body: '${ "as it is" }', headers: '${ { "x-all": 1 } }', query: '${ null }' } }
- bare: { call: http, with: { method: delete, endpoint: 'http://x.example/a' } }
- guarded: { try: [{ list: { call: http, with: { method: get, endpoint: 'http://x.example/a', query: '${ [1] }' } } }], catch: {} }
- unfilled: { call: http, with: { method: get, endpoint: 'http://x.example/{nothing}' } }
----
> start {"shop":"s/1","id":"7"}
  Submitted
  AttemptStarted one/1
  do one/1  key s1:one  POST https://x.example/s%2F1/orders/7  ?dry=true  ?of=7  x-shop: s/1  {"order":"7"}
  = running, wake +330s
> ok one {"status":200}
  Completed one {"status":200}
  AttemptStarted text/1
  do text/1  key s1:text  POST http://x.example/a  x-all: 1  as it is
  = running, wake +330s
> ok text {}
  Completed text {}
  AttemptStarted bare/1
  do bare/1  key s1:bare  DELETE http://x.example/a
  = running, wake +330s
> ok bare {}
  Completed bare {}
  Entered guarded
  Failed list: 400 Headers and query must be objects
  Caught guarded: 400
  HandlerStarted guarded
  Completed guarded {}
  Failed unfilled: 400 The path cannot be filled
  Failing Error: 400 The path cannot be filled
  Drained
  Ended faulted
  = faulted
