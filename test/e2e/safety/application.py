"""An HTTP server that reads whole bodies and keeps its connections open, or has the fault whose name is in /fault/name."""

import asyncio
import os
import resource
import socket
import struct
import subprocess
import sys

BYTES_PER_SECOND = 100_000
# Seconds after which what fills the processors ends by itself.
LONGEST = 60
SPIN = f"import time; end = time.monotonic() + {LONGEST}\nwhile time.monotonic() < end: pass"

fault = "none"
connections = set()
descriptors = []
spinning = []


class Connection(asyncio.Protocol):
    def connection_made(self, transport):
        self.transport = transport
        self.head = b""
        self.left = 0
        connections.add(self)

    def connection_lost(self, _):
        connections.discard(self)

    def data_received(self, data):
        loop = asyncio.get_running_loop()
        if fault == "hangs":
            return self.transport.pause_reading()
        if fault == "resets":
            linger = struct.pack("ii", 1, 0)
            self.transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            return self.transport.abort()
        if fault == "reads-slowly":
            self.transport.pause_reading()
            loop.call_later(len(data) / BYTES_PER_SECOND, self.transport.resume_reading)
        if self.left == 0:
            self.head += data
            head, end, data = self.head.partition(b"\r\n\r\n")
            if not end:
                return
            self.head = b""
            self.left = length_in(head)
        self.left -= len(data)
        if self.left <= 0:
            self.left = 0
            loop.call_later(30 if fault == "answers-late" else 0, self.answer)

    def answer(self):
        status = b"500 Internal Server Error" if fault == "fails" else b"200 OK"
        if not self.transport.is_closing():
            self.transport.write(b"HTTP/1.1 " + status + b"\r\ncontent-length: 3\r\n\r\nok\n")


def length_in(head):
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            return int(line[15:])
    return 0


def change(name):
    """No connection of before is left: a fault is everyone's."""
    global fault
    while descriptors:
        os.close(descriptors.pop())
    while spinning:
        spinning.pop().kill()
    for one in list(connections):
        one.transport.abort()
    fault = name
    if fault == "no-descriptors":
        # When those connections are closed.
        asyncio.get_running_loop().call_later(0.2, use_up_descriptors)
    if fault == "fills-processors":
        spinning.extend(subprocess.Popen([sys.executable, "-c", SPIN]) for _ in range(os.cpu_count() or 1))
    if fault == "crashes":
        asyncio.get_running_loop().call_later(1, os._exit, 1)


def use_up_descriptors():
    resource.setrlimit(resource.RLIMIT_NOFILE, (64, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))
    try:
        while True:
            descriptors.append(os.open("/dev/null", os.O_RDONLY))
    except OSError:
        pass


def fault_asked():
    if descriptors:
        # None is left to read a file by.
        os.close(descriptors.pop())
    try:
        with open("/fault/name") as file:
            return file.read().strip()
    except FileNotFoundError:
        return "none"
    finally:
        if descriptors:
            use_up_descriptors()


async def main():
    await asyncio.get_running_loop().create_server(Connection, "0.0.0.0", 80, backlog=1024)
    while True:
        if (asked := fault_asked()) != fault:
            change(asked)
        await asyncio.sleep(0.1)


asyncio.run(main())
