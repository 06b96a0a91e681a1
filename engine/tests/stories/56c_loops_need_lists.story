# What is no list is named by its kind
do:
- none: { try: [{ a: { for: { in: '${ null }' }, do: [{ A: { call: s.do } }] } }], catch: { as: no, do: [{ B: { call: s.do, with: { why: '${ $no.detail }' } } }] } }
- text: { try: [{ b: { for: { in: '${ "one" }' }, do: [{ F: { call: s.do } }] } }], catch: { as: no, do: [{ C: { call: s.do, with: { why: '${ $no.detail }' } } }] } }
- object: { try: [{ c: { for: { in: '${ {} }' }, do: [{ G: { call: s.do } }] } }], catch: { as: no, do: [{ D: { call: s.do, with: { why: '${ $no.detail }' } } }] } }
----
> start
  Submitted
  Entered none
  Failed a: 400 A loop needs a list
  Caught none: 400
  HandlerStarted none
  AttemptStarted B/1
  do B/1  key s1:B  {"why":"`for.in` gave null"}
  = running, wake +310s
> ok B
  Completed B {"id":"B"}
  Completed none {"id":"B"}
  Entered text
  Failed b: 400 A loop needs a list
  Caught text: 400
  HandlerStarted text
  AttemptStarted C/1
  do C/1  key s1:C  {"why":"`for.in` gave a string"}
  = running, wake +310s
> ok C
  Completed C {"id":"C"}
  Completed text {"id":"C"}
  Entered object
  Failed c: 400 A loop needs a list
  Caught object: 400
  HandlerStarted object
  AttemptStarted D/1
  do D/1  key s1:D  {"why":"`for.in` gave an object"}
  = running, wake +310s
> ok D
  Completed D {"id":"D"}
  Completed object {"id":"D"}
  Ended completed
  = completed
