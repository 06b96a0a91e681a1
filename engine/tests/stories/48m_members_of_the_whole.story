# A member of $workflow is the same read by itself and out of the whole
do:
- A:
    call: s.do
    with: { id: '${ $workflow.id }', name: '${ $workflow.name }', of: '${ $workflow.input.of[0] }', not: '${ $workflow.nothing.at.all }' }
- B:
    call: s.do
    with: { id: '${ $workflow | .id }', name: '${ $workflow | .name }', of: '${ $workflow | .input.of[0] }', not: '${ $workflow | .nothing.at.all }' }
----
> start {"of":[7]}
  Submitted
  AttemptStarted A/1
  do A/1  key s1:A  {"id":"s1","name":"story","of":7,"not":null}
  = running, wake +310s
> ok A
  Completed A {"id":"A"}
  AttemptStarted B/1
  do B/1  key s1:B  {"id":"s1","name":"story","of":7,"not":null}
  = running, wake +310s
> ok B
  Completed B {"id":"B"}
  Ended completed
  = completed
