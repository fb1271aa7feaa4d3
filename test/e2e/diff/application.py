"""Two versions of one application. VARIANT=differs answers otherwise in exactly four ways; every answer holds noise."""

import gzip
import os
import time
import uuid

from flask import Flask, Response, jsonify, request

app = Flask(__name__)
DIFFERS = os.environ.get("VARIANT") == "differs"


def nth(every):
    """The same requests on every version: the client numbers them."""
    return DIFFERS and int(request.args.get("n", "1")) % every == 0


def noise():
    return {"trace": str(uuid.uuid4()), "generated_at": time.time(), "date": time.strftime("%c")}


@app.route("/items/<int:item>")
def items(item):
    """One field, on 1 %."""
    price = {"amount": 1000 + item + (1 if nth(100) else 0), "currency": "EUR"}
    return jsonify(id=item, name=f"item {item}", price=price, tags=["a", "b"], **noise())


@app.route("/page")
def page():
    """One header, always."""
    response = Response(f"<html><body><h1>Page</h1><p class=id>{uuid.uuid4()}</p></body></html>", mimetype="text/html")
    response.headers["Cache-Control"] = "no-store" if DIFFERS else "max-age=60"
    response.headers["X-Served"] = str(time.time_ns())
    return response


@app.route("/orders", methods=["GET", "POST"])
def orders():
    """The status, on 4 %."""
    body = jsonify(received=len(request.get_data()), **noise())
    return (body, 503) if nth(25) else body


@app.route("/list")
def listing():
    """The order, on 20 %."""
    elements = [{"id": number, "label": f"element {number}"} for number in range(8)]
    return jsonify(elements=elements[::-1] if nth(5) else elements, **noise())


@app.route("/large")
def large():
    return Response(os.urandom(1 << 20) * 2 if "random" in request.args else b"x" * (2 << 20), mimetype="text/plain")


@app.route("/gzip")
def gzipped():
    price = 2 if DIFFERS else 1
    # The level makes other bytes of the same content.
    body = gzip.compress(f'{{"packed": true, "price": {price}}}'.encode(), 9 if DIFFERS else 1)
    return Response(body, mimetype="application/json", headers={"Content-Encoding": "gzip"})


@app.route("/chunked")
def chunked():
    def parts():
        yield '{"parts": ['
        for number in range(5):
            yield f"{number}, "
            time.sleep(0.01)
        yield "6]}" if DIFFERS else "5]}"

    return Response(parts(), mimetype="application/json")


@app.route("/events")
def events():
    def stream():
        for number in range(3):
            yield f'event: tick\nid: {number}\ndata: {{"tick": {number + (DIFFERS and number == 2)}}}\n\n'
            time.sleep(0.01)

    return Response(stream(), mimetype="text/event-stream")


@app.route("/empty")
def empty():
    return "", 204


@app.route("/image")
def image():
    return Response(b"\x89PNG\r\n\0" + (b"2" if DIFFERS else b"1") * 40, mimetype="image/png")


@app.route("/cookie")
def cookie():
    response = jsonify(ok=True)
    response.set_cookie("session", str(uuid.uuid4()))
    return response


@app.route("/upgrade")
def upgrade():
    """A websocket that says nothing and ends."""
    socket = request.environ["gunicorn.socket"]
    socket.sendall(
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n\x88\x00"
    )
    time.sleep(0.1)
    socket.close()
    return ""
