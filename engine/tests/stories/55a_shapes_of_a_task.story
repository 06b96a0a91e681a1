# What does not fit its schema fails: what a task takes in before it is called, what it gave after it was done
input: { schema: { document: { type: object, required: [n] } } }
do:
- takes:
    try: [{ A: { call: s.do, input: { schema: { document: { required: [none] } } }, compensate: s.undo } }]
    catch: { errors: { with: { type: 'https://serverlessworkflow.io/spec/1.0.0/errors/validation' } }, as: no, do: [{ say: { set: { why: '${ $no.title }' } } }] }
- gives:
    try: [{ B: { call: s.do, output: { schema: { document: { required: [none] } } }, compensate: s.undo } }]
    catch: { as: no, do: [{ tell: { set: { why: '${ $no.title }' } } }] }
- C: { call: s.do, input: { schema: { document: { required: [why] } } } }
- D: { call: s.do, export: { as: '${ { n: 1 } }', schema: { document: { required: [none] } } } }
----
> start {"n":1}
  Submitted
  Entered takes
  Failed A: 400 The input does not fit its schema
  Caught takes: 400
  HandlerStarted takes
  Completed say {"why":"The input does not fit its schema"}
  Completed takes {"why":"The input does not fit its schema"}
  Entered gives
  AttemptStarted B/1
  do B/1  key s1:B  {"why":"The input does not fit its schema"}
  = running, wake +310s
> ok B
  Completed B {"id":"B"}
  Caught gives: 400
  HandlerStarted gives
  Completed tell {"why":"The output does not fit its schema"}
  Completed gives {"why":"The output does not fit its schema"}
  AttemptStarted C/1
  do C/1  key s1:C  {"why":"The output does not fit its schema"}
  = running, wake +310s
> ok C
  Completed C {"id":"C"}
  AttemptStarted D/1
  do D/1  key s1:D  {"id":"C"}
  = running, wake +310s
> ok D
  Completed D {"id":"D"}
  Failing Error: 400 The output does not fit its schema
  Drained
  UndoStarted B:undo
  AttemptStarted B:undo/1
  do B:undo/1  key s1:B:undo  {"id":"B"}
  = compensating, wake +310s
> ok B:undo
  Completed B:undo {"id":"B:undo"}
  Undone 1
  Ended compensated
  = compensated
