"""Two versions of one application. WORSE=1 makes exactly three endpoints worse, one by a share ERRORS of 500s; each prints the
ids its client chose."""

import os
import random
import threading
import time

VERSION = os.environ["VERSION"]
WORSE = os.environ.get("WORSE") == "1"
ERRORS = float(os.environ.get("ERRORS", "0.02"))
FAIL_FIRST = os.environ.get("FAIL_FIRST") == "1"
failed = set()
lock = threading.Lock()


def fails_once(client):
    """The first attempt of each such request, on the live version: the caller's proxy tries again."""
    with lock:
        if client in failed:
            return False
        failed.add(client)
        return True


def answer(path, environ):
    client = environ.get("HTTP_X_CLIENT_ID", "")
    if FAIL_FIRST and environ.get("HTTP_X_FAIL_FIRST") and fails_once(client):
        return "503 Service Unavailable", b""
    # Latency as services have it: a body with a tail.
    time.sleep(0.004 + random.expovariate(1 / 0.002))
    if path == "/errors" and WORSE and random.random() < ERRORS:
        return "500 Internal Server Error", b"x" * 100
    if path == "/slow" and WORSE:
        time.sleep(0.040)
    if path == "/long" and WORSE:
        # By more than an echo of x-forwarded-for could be.
        return "200 OK", b"x" * 150
    if path == "/varied":
        return "200 OK", b"x" * random.randint(50, 150)
    return "200 OK", b"x" * 100


def application(environ, start_response):
    status, body = answer(environ["PATH_INFO"], environ)
    start_response(status, [("Content-Length", str(len(body))), ("X-Version", VERSION)])
    return [body]
