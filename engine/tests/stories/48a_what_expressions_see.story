# What a call, a compensation and onFailure can say of the saga, of the step and of the error
do:
- A:
    call: s.do
    with: { saga: '${ $workflow.id }', of: '${ $workflow.namespace + "/" + $workflow.name }', task: '${ $task.name + " " + $task.reference }', by: '${ $runtime.name }' }
    compensate: { call: s.undo, with: { why: '${ $error.status }', of: '${ $forward.saga + " " + $forward.step + " " + $forward.name }', key: '${ $forward.idempotencyKey }', after: '${ $forward.attempts }' } }
- guarded:
    try: [{ B: { call: s.do, compensate: { call: s.undo, with: { why: '${ $error.status }' } } } }]
    catch: { do: [{ H: { call: s.do, with: { why: '${ $error.status }' } } }] }
- fail: { raise: { error: { type: 'https://x.example/no', status: 409, title: No } } }
saga: { onFailure: [{ tell: { call: s.do, with: { why: '${ $error.type }' } } }] }
----
> start
  Submitted
  AttemptStarted A/1
  do A/1  key s1:A  {"saga":"s1","of":"test/story","task":"A /do/0/A","by":"baton"}
  = running, wake +310s
> ok A
  Completed A {"id":"A"}
  Entered guarded
  AttemptStarted B/1
  do B/1  key s1:B  {"id":"A"}
  = running, wake +310s
> unknown B
  AttemptFailed B/1 unknown
  StepGivenUp B
  Caught guarded: 500
  UndoStarted B:undo (bare)
  AttemptStarted B:undo/1
  do B:undo/1  key s1:B:undo  {"why":500}
  = running, wake +310s
> ok B:undo
  Completed B:undo {"id":"B:undo"}
  Undone 2
  HandlerStarted guarded
  AttemptStarted H/1
  do H/1  key s1:H  {"why":500}
  = running, wake +310s
> ok H
  Completed H {"id":"H"}
  Completed guarded {"id":"H"}
  Failed fail: 409 No
  Failing Error: 409 No
  Drained
  UndoStarted A:undo
  AttemptStarted A:undo/1
  do A:undo/1  key s1:A:undo  {"why":409,"of":"s1 A A","key":"s1:A","after":1}
  = compensating, wake +310s
> ok A:undo
  Completed A:undo {"id":"A:undo"}
  Undone 1
  OnFailureStarted
  AttemptStarted tell/1
  do tell/1  key s1:tell  {"why":"https://x.example/no"}
  = compensating, wake +310s
> ok tell
  Completed tell {"id":"tell"}
  OnFailureLeft
  Ended compensated
  = compensated
