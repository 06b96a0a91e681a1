# 50. Each branch exports into a copy of the context; the join merges key by key; a sibling sees nothing of it
do:
- before: { set: { n: 0 }, export: { as: '${ { base: 1, both: "old" } }' } }
- side:
    fork:
      branches:
      - A: { call: s.do, with: { sees: '${ $context }' }, compensate: s.undo, export: { as: '${ $context + { a: .id, both: "A" } }' } }
      - rightHand:
          do:
          - B: { call: s.do, with: { sees: '${ $context }' }, compensate: s.undo, export: { as: '${ $context + { b: .id } }' } }
          - B2: { call: s.do, with: { sees: '${ $context }' }, compensate: s.undo }
- after: { call: s.do, with: { sees: '${ $context }' }, compensate: s.undo }
----
> start
  Submitted
  Completed before {"n":0}
  Entered side
  AttemptStarted A/1
  Entered rightHand
  AttemptStarted B/1
  do A/1  key s1:A  {"sees":{"base":1,"both":"old"}}
  do B/1  key s1:B  {"sees":{"base":1,"both":"old"}}
  = running, wake +310s
> ok A
  Completed A {"id":"A"}
  = running, wake +309990ms
> ok B
  Completed B {"id":"B"}
  AttemptStarted B2/1
  do B2/1  key s1:B2  {"sees":{"base":1,"both":"old","b":"B"}}
  = running, wake +310s
> ok B2
  Completed B2 {"id":"B2"}
  Completed rightHand {"id":"B2"}
  Joined side
  Completed side [{"id":"A"},{"id":"B2"}]
  AttemptStarted after/1
  do after/1  key s1:after  {"sees":{"base":1,"both":"A","a":"A","b":"B"}}
  = running, wake +310s
