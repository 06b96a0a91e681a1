"""The five steps as Celery tasks: RabbitMQ as broker, late acknowledgements, results in Redis.

As a module it is the worker's application. As a program it submits: a line of JSON on standard input
is a saga to start; `wait` before it waits for its end and says so. What the task of a step does, and
what its compensation does, is an HTTP call on a kept connection.
"""

import http.client
import json
import os
import socket
import sys
import threading

from celery import Celery, chain

app = Celery("five", broker=os.environ["BENCH_AMQP"], backend=os.environ["BENCH_REDIS"])
app.conf.update(
    task_acks_late=True,
    task_reject_on_worker_lost=True,
    # A broker that keeps messages on disk, as Baton's does.
    task_default_queue="celery.five",
    task_default_queue_type="quorum",
    broker_transport_options={"confirm_publish": True},
    # Quorum queues know no global prefetch.
    worker_detect_quorum_queues=True,
    worker_prefetch_multiplier=16,
    task_ignore_result=False,
    result_expires=900,
    task_store_errors_even_if_ignored=False,
    worker_send_task_events=False,
    worker_enable_remote_control=False,
)

local = threading.local()


def post(path, call):
    """Answers (status, answer)."""
    for attempt in (1, 2):
        if getattr(local, "link", None) is None:
            host, port = os.environ["BENCH_SERVICE"].split(":")
            local.link = http.client.HTTPConnection(host, int(port), timeout=30)
            local.link.connect()
            local.link.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            body = json.dumps(call)
            local.link.request("POST", path, body, {"Content-Type": "application/json"})
            response = local.link.getresponse()
            return response.status, json.loads(response.read() or b"{}").get("answer")
        except (http.client.RemoteDisconnected, ConnectionError):
            # A kept connection that was closed meanwhile: nothing was sent on it.
            local.link = None
            if attempt == 2:
                raise


@app.task
def step(before, saga, n, text, refused):
    """Makes the n-th call; `before` holds the answers so far. Refused, starts to undo."""
    path = "/refuse" if refused and n == 5 else "/step"
    status, answer = post(path, {"saga": saga, "n": n, "from": before[-1], "text": text})
    if status == 200:
        return before + [answer]
    if status != 422:
        raise RuntimeError(f"the service answered {status}")
    undoing = [undo.si(saga, done, before[done], text) for done in range(n - 1, 0, -1)]
    chain(*undoing).apply_async()
    return before


@app.task
def undo(saga, n, answer, text):
    status, _ = post("/undo", {"saga": saga, "n": n, "from": answer, "text": text})
    if status != 200:
        raise RuntimeError(f"the service answered {status}")


def saga(call):
    args = (call["saga"], call["text"], call.get("refused", False))
    first, text, refused = args
    steps = [step.s([call["answer"]], first, 1, text, refused)]
    steps += [step.s(first, n, text, refused) for n in range(2, 6)]
    return chain(*steps)


def main():
    print("ready", flush=True)
    for line in sys.stdin:
        wait = line.startswith("wait ")
        started = saga(json.loads(line.removeprefix("wait "))).apply_async()
        if wait:
            started.get(timeout=60, interval=0.001)
        print("done", flush=True)


if __name__ == "__main__":
    main()
