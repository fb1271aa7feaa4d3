"""Sends numbered requests to the paths given (or METHOD:path), at a steady rate over kept-alive connections; prints JSON."""

import collections
import http.client
import json
import sys
import threading
import time

host, rate, seconds, threads, *paths = sys.argv[1:]
rate, seconds, threads = float(rate), float(seconds), int(threads)
total = int(rate * seconds)
begin = time.monotonic() + 0.2
latencies, errors, statuses, lock = [], 0, collections.Counter(), threading.Lock()


def work(first):
    global errors
    connection = http.client.HTTPConnection(host, timeout=10)
    mine, failed, seen = [], 0, collections.Counter()
    for number in range(first, total, threads):
        due = begin + number / rate
        time.sleep(max(0, due - time.monotonic()))
        path = paths[number % len(paths)]
        # Numbers count up per path, from 1, so that "every 100th" is the same share of each.
        method, _, path = path.replace("{n}", str(number // len(paths) + 1)).rpartition(":")
        headers = {}
        if method == "UPGRADE":
            headers = {"Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13"}
            headers["Sec-WebSocket-Key"] = "dGhlIHNhbXBsZSBub25jZQ=="
        sent = time.perf_counter()
        try:
            connection.request("GET" if headers else method or "GET", path, headers=headers)
            response = connection.getresponse()
            response.read()
            seen[response.status] += 1
            mine.append((time.perf_counter() - sent) * 1000)
        except (OSError, http.client.HTTPException):
            failed += 1
            connection.close()
    with lock:
        latencies.extend(mine)
        errors += failed
        statuses.update(seen)


workers = [threading.Thread(target=work, args=(first,)) for first in range(threads)]
for worker in workers:
    worker.start()
for worker in workers:
    worker.join()
latencies.sort()
quantile = lambda share: latencies[min(len(latencies) - 1, int(len(latencies) * share))] if latencies else None
print(json.dumps({"sent": total, "errors": errors, "statuses": statuses, "p50": quantile(0.5), "p99": quantile(0.99)}))
