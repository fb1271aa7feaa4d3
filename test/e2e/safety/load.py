"""One caller: requests at a fixed rate over kept-alive connections, and what its sidecar holds meanwhile.

Its argument is JSON: host, port, rate (requests a second), uploads ([[bytes, seconds between two]]), timeout (seconds) and copies
(a regular expression for the sidecar's clusters of copies). Each line of stdin begins the phase of that name; the end of stdin ends
the run; `ready` on stderr asks for the first. At the end it prints JSON: of each phase its requests ([seconds since the phase began, milliseconds, outcome, bytes sent]) and
samples of its sidecar ([bytes allocated, copies open, copies dropped so far]). Latency counts from when a request was due, also
where it waited for one of the caller's connections.
"""

import asyncio
import collections
import json
import os
import sys
import time
import urllib.parse
import urllib.request

OPTIONS = json.loads(sys.argv[1])
HOST, PORT, TIMEOUT = OPTIONS["host"], OPTIONS["port"], OPTIONS["timeout"]

phases = {}
phase = None
idle = collections.deque()
running = set()
pool = asyncio.Semaphore(128)
largest = bytes(max([0, *(size for size, _ in OPTIONS["uploads"])]))


class Phase:
    def __init__(self):
        self.began = time.monotonic()
        self.requests = []
        self.samples = []


class Connection(asyncio.Protocol):
    """One request at a time."""

    def connection_made(self, transport):
        self.transport = transport
        self.response = None

    def data_received(self, data):
        self.buffer += data
        head, end, body = self.buffer.partition(b"\r\n\r\n")
        if end and len(body) >= length_in(head):
            self.settle(head.split(b" ", 2)[1].decode())

    def connection_lost(self, _):
        if self in idle:
            idle.remove(self)
        self.settle("connection lost")

    def send(self, request):
        self.buffer = b""
        self.response = asyncio.get_running_loop().create_future()
        expiry = asyncio.get_running_loop().call_later(TIMEOUT, self.settle, f"no response in {TIMEOUT} s")
        self.response.add_done_callback(lambda _: expiry.cancel())
        for part in request:
            self.transport.write(part)
        return self.response

    def settle(self, outcome):
        if self.response and not self.response.done():
            self.response.set_result(outcome)


def length_in(head):
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            return int(line[15:])
    return 0


async def request(due, size):
    begun = phase
    async with pool:
        begun.requests.append([round(due - begun.began, 3), *await exchange(due, size), size])


async def exchange(due, size):
    head = f"{'POST' if size else 'GET'} /{'upload' if size else ''} HTTP/1.1\r\nhost: {HOST}:{PORT}\r\n"
    length = f"content-length: {size}\r\n" if size else ""
    try:
        connection = idle.pop() if idle else (await asyncio.get_running_loop().create_connection(Connection, HOST, PORT))[1]
        outcome = await connection.send([f"{head}{length}\r\n".encode(), memoryview(largest)[:size]][: 2 if size else 1])
    except OSError as error:
        return 0, type(error).__name__
    if outcome.isdigit():
        idle.append(connection)
    else:
        connection.transport.abort()
    return round((time.monotonic() - due) * 1000, 2), outcome


async def repeat(seconds, act):
    """At a fixed rate, however long each takes."""
    due = time.monotonic()
    while True:
        await asyncio.sleep(due - time.monotonic())
        if phase:
            task = asyncio.create_task(act(due))
            running.add(task)
            task.add_done_callback(finish)
        due += seconds


def finish(task):
    running.discard(task)
    if task.exception():
        print(f"load.py: {task.exception()!r}", file=sys.stderr, flush=True)
        os._exit(1)


async def sample(_):
    into = phase
    memory = json.loads(await asyncio.to_thread(admin, "/memory"))
    query = urllib.parse.quote(f"{OPTIONS['copies']}.*(rq_active|rq_pending_active|rq_pending_overflow)$")
    stats = (await asyncio.to_thread(admin, f"/stats?filter={query}")).splitlines()
    values = [(name, int(value)) for name, _, value in (line.rpartition(": ") for line in stats) if value.isdigit()]
    # A request that waits for a connection is active in no connection yet.
    held = sum(value for name, value in values if name.endswith(("upstream_rq_active", "upstream_rq_pending_active")))
    dropped = sum(value for name, value in values if name.endswith("pending_overflow"))
    # Late ones tell of another phase.
    if phase is into:
        into.samples.append([int(memory["allocated"]), held, dropped])


def admin(path):
    with urllib.request.urlopen(f"http://127.0.0.1:15000{path}") as response:
        return response.read().decode()


async def main():
    global phase
    loop = asyncio.get_running_loop()
    lines = asyncio.StreamReader()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(lines), sys.stdin)
    work = [repeat(1 / OPTIONS["rate"], lambda due: request(due, 0)), repeat(0.5, sample)]
    work += [repeat(every, lambda due, size=size: request(due, size)) for size, every in OPTIONS["uploads"]]
    tasks = [asyncio.create_task(one) for one in work]
    print("ready", file=sys.stderr, flush=True)
    while line := (await lines.readline()).decode().strip():
        phase = phases[line] = Phase()
    for task in tasks:
        task.cancel()
    await asyncio.gather(*running)
    print(json.dumps({name: vars(one) for name, one in phases.items()}))


asyncio.run(main())
