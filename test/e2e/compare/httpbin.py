"""Sends COUNT requests to the nine endpoints of httpbin in turn, at RATE a second over four connections; then CUT uploads
that are answered before they are read."""

import http.client
import itertools
import sys
import threading
import time

COUNT, RATE, CUT = int(sys.argv[1]), float(sys.argv[2]), int(sys.argv[3])
REQUESTS = [
    ("GET", "/get", None),
    ("GET", "/headers", None),
    ("GET", "/ip", None),
    ("GET", "/json", None),
    ("GET", "/uuid", None),
    ("GET", "/anything/shop", None),
    ("POST", "/post", b"a=1&b=2"),
    ("GET", "/bytes/1000", None),
    ("GET", "/status/404", None),
]
BEGUN = time.monotonic()
numbers = itertools.count()


def run():
    connection = http.client.HTTPConnection("httpbin", 8000)
    while (number := next(numbers)) < COUNT:
        time.sleep(max(0, number / RATE - (time.monotonic() - BEGUN)))
        method, path, body = REQUESTS[number % len(REQUESTS)]
        connection.request(method, path, body)
        connection.getresponse().read()
    connection.close()


threads = [threading.Thread(target=run) for _ in range(4)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
for _ in range(CUT):
    # The proxy closes the connection when it has the answer; that is the client's to bear.
    connection = http.client.HTTPConnection("httpbin", 8000)
    try:
        connection.request("POST", "/status/200", b"x" * (3 << 20))
        connection.getresponse().read()
    except OSError as error:
        print(error, file=sys.stderr)
    connection.close()
