"""Sends COUNT requests over CONNECTIONS keep-alive connections. Each chooses an id that both applications print.

With FAIL every 50th fails at first, and the proxy tries it again; with REUSE some callers give two requests, on two paths,
one x-request-id. Prints each request's id, which version answered it, its status, and when, in seconds since 1970."""

import http.client
import os
import queue
import random
import sys
import threading
import time

COUNT = int(os.environ["COUNT"])
CONNECTIONS = int(os.environ.get("CONNECTIONS", "8"))
RATE = float(os.environ.get("RATE", "1000"))
# Seconds that a caller waits between two requests, on average. Copies do not hold callers back when v2 is busy, so without
# it a machine that is short of processors would slow v2 alone.
THINK = float(os.environ.get("THINK", "0"))
MARK = os.environ["MARK"]
HOST = os.environ.get("HOST", "shop:8000")
PATHS = os.environ.get("PATHS", "/plain,/user/{n}").split(",")
FAIL = os.environ.get("FAIL") == "1"
REUSE = os.environ.get("REUSE") == "1"

work = queue.Queue()
answers = []


def send(connection, number):
    path = PATHS[number % len(PATHS)].replace("{n}", str(number))
    client = f"{MARK}-{number}"
    headers = {"x-client-id": client, "user-agent": client}
    if FAIL and number % 50 == 0:
        headers["x-fail-first"] = "1"
    if REUSE and number % 20 < 2:
        headers["x-request-id"] = f"{MARK}-reused-{number // 20}"
    connection.request("GET", path, headers=headers)
    response = connection.getresponse()
    response.read()
    answers.append(f"{client} {response.getheader('x-version')} {response.status} {time.time():.3f}")


def run():
    connection = http.client.HTTPConnection(HOST)
    while True:
        number = work.get()
        if number is None:
            return connection.close()
        send(connection, number)
        time.sleep(random.uniform(0, 2 * THINK))


threads = [threading.Thread(target=run) for _ in range(CONNECTIONS)]
for thread in threads:
    thread.start()
begun = time.monotonic()
for number in range(COUNT):
    work.put(number)
    ahead = number / RATE - (time.monotonic() - begun)
    if ahead > 0:
        time.sleep(ahead)
for _ in threads:
    work.put(None)
for thread in threads:
    thread.join()
print("\n".join(answers))
print(f"{COUNT} requests in {time.monotonic() - begun:.1f} s", file=sys.stderr)
