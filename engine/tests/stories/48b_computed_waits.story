# How long a wait takes may be computed: in parts or as a text; what is neither fails
do:
- parts: { wait: '${ { days: 1, hours: 2, minutes: 3, seconds: 4, milliseconds: 5 } }' }
- text: { wait: '${ "PT1M" }' }
- none: { wait: '${ { weeks: 1 } }' }
----
> start
  Submitted
  Entered parts
  = waiting, wake +93784005ms
> after 26h
  = waiting, wake +183995ms
> after 3m
  = waiting, wake +3985ms
> after 2s
  = waiting, wake +1975ms
> after 3s
  Completed parts null
  Entered text
  = waiting, wake +1m
> after 61s
  Completed text null
  Failed none: 400 An expression failed
  Failing Error: 400 An expression failed
  Drained
  Ended faulted
  = faulted
