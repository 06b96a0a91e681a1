# `then: end` in a branch ends the branch; the others go on
do:
- both:
    fork:
      branches:
      - one: { do: [{ A: { call: s.do, then: end } }, { never: { call: s.do } }] }
      - two: { call: s.do }
- B: { call: s.do }
----
> start
  Submitted
  Entered both
  Entered one
  AttemptStarted two/1
  AttemptStarted A/1
  do two/1  key s1:two
  do A/1  key s1:A
  = running, wake +310s
> ok A
  Completed A {"id":"A"}
  Completed one {"id":"A"}
  = running, wake +309990ms
> ok two
  Completed two {"id":"two"}
  Completed both [{"id":"A"},{"id":"two"}]
  AttemptStarted B/1
  do B/1  key s1:B  [{"id":"A"},{"id":"two"}]
  = running, wake +310s
> ok B
  Completed B {"id":"B"}
  Ended completed
  = completed
