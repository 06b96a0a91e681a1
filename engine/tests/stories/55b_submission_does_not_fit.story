# A submission that does not fit the workflow's schema is refused: there is no saga
input: { schema: { document: { type: object, required: [n] } } }
do:
- A: { call: s.do }
----
> start {"m":1}
  refused input-invalid: the input of `test/story`: the value: "n" is a required property
