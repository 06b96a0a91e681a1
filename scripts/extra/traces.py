"""Reads what the collector `rotel` printed of its traces, and says whether each saga's trace is whole.

    traces.py LOG SAGA...

Whole: one span without parent, which names the saga and its status; every other span of the same trace, with
a parent that is in it; a span for every attempt; and no span twice.
"""

import re
import sys

FIELDS = {"Trace ID": "trace", "Parent ID": "parent", "ID": "id", "Name": "name"}


def spans(log):
    """Every span, as it stands in the log: fields, then attributes."""
    found = []
    for line in log:
        if re.match(r"Span #\d+", line):
            found.append({})
        elif not found:
            continue
        elif attribute := re.match(r"\s+-> ([\w.]+): \w+\((.*)\)", line):
            found[-1].setdefault(attribute[1], attribute[2])
        elif (field := re.match(r"\s+([A-Z][\w ]*?)\s*: (.*)", line)) and field[1] in FIELDS:
            found[-1][FIELDS[field[1]]] = field[2].strip()
    return found


def faults(saga, all_spans):
    """What is wrong with the trace of this saga."""
    own = [span for span in all_spans if span.get("baton.saga") == saga]
    roots = [span for span in own if "baton.status" in span]
    if len(roots) != 1:
        yield f"{len(roots)} spans of the whole saga, not one"
        return
    root = roots[0]
    trace = [span for span in all_spans if span["trace"] == root["trace"]]
    ids = [span["id"] for span in trace]
    if len(ids) != len(set(ids)):
        yield "a span came twice"
    if any(span not in trace for span in own):
        yield "its spans are in several traces"
    if root["parent"]:
        yield f"its first span has the parent {root['parent']}"
    for span in trace:
        if span is not root and span["parent"] not in ids:
            yield f"span {span['name']} has a parent that never came: {span['parent']}"
    if not [span for span in own if "baton.attempt" in span]:
        yield "no attempt has a span"


def main(path, sagas):
    with open(path, encoding="utf-8", errors="replace") as log:
        all_spans = spans(log)
    wrong = [f"{saga}: {fault}" for saga in sagas for fault in faults(saga, all_spans)]
    print("\n".join(wrong), file=sys.stderr, end="\n" if wrong else "")
    print(f"rotel: {len(all_spans)} spans, {len(sagas)} sagas, {len(wrong)} faults")
    return 1 if wrong else 0


sys.exit(main(sys.argv[1], sys.argv[2:]))
