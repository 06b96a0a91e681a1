# What a task can say of itself: what it took in, what it gave, and when it began
do:
- A:
    input: { from: '${ { order: .n } }' }
    call: s.do
    with: { took: '${ $input }', of: '${ $workflow.input.n }', version: '${ $workflow.version }', since: '${ $workflow.startedAt.epoch }', now: '${ $task.startedAt }' }
    output: { as: '${ { id: .id, order: $input.order, same: ($task.output == . and $task.input == $input) } }' }
    export: { as: '${ { gave: $output, took: $input } }' }
    compensate: s.undo
- B: { call: s.do, with: { gave: '${ $steps.A }', kept: '${ $context }' } }
- C: { call: s.do, with: '${ $steps }' }
----
> start {"n":7}
  Submitted
  AttemptStarted A/1
  do A/1  key s1:A  {"took":{"order":7},"of":7,"version":"1.0.0","since":{"seconds":1000,"milliseconds":1000010},"now":{"iso8601":"1970-01-01T00:16:40.010Z","epoch":{"seconds":1000,"milliseconds":1000010}}}
  = running, wake +310s
> ok A
  Completed A (kept) {"id":"A","order":7,"same":true}
  AttemptStarted B/1
  do B/1  key s1:B  {"gave":{"id":"A","order":7,"same":true},"kept":{"gave":{"id":"A","order":7,"same":true},"took":{"order":7}}}
  = running, wake +310s
> ok B
  Completed B (kept) {"id":"B"}
  AttemptStarted C/1
  do C/1  key s1:C  {"A":{"id":"A","order":7,"same":true},"B":{"id":"B"}}
  = running, wake +310s
> ok C
  Completed C (kept) {"id":"C"}
  Ended completed
  = completed
