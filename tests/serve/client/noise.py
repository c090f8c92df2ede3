"""Random bytes over HTTP.

    noise.py BASE SECONDS SEED

Some threads send, each on a new connection: nothing but random bytes; requests with bytes changed,
cut or doubled; requests with random paths, headers, bodies and lengths; connections that are closed or
half closed in the middle. Whatever comes back is read or not. The server has to be there afterwards,
which is for the caller to see; that it is there all the time is seen by a request in between.
"""

import random
import socket
import ssl
import sys
import threading
import time

import http_request

METHODS = [b"GET", b"HEAD", b"POST", b"PUT", b"BREW", b"", b"get", b"OPTIONS", b"G" * 300]
PATHS = [b"/", b"/targets", b"/targets/http_sd", b"/debug/pprof/", b"/debug/pprof/heap", b"/debug/pprof/heap?debug=1", b"/debug/pprof/symbol",
         b"/debug/pprof/goroutine?debug=2", b"/debug/pprof/cmdline", b"/targets/1/debug/pprof/heap", b"*", b"http://x/"]
HEADERS = [b"Host: localhost", b"Content-Length: 5", b"Content-Length: -1", b"Content-Length: 99999999999999999999",
           b"Transfer-Encoding: chunked", b"Expect: 100-continue", b"Connection: close", b"Connection: keep-alive", b"Authorization: Bearer x",
           b"Authorization: Basic %%%", b"Content-Type: application/x-www-form-urlencoded", b"Upgrade: h2c", b"Range: bytes=1-2", b": x", b"x"]


def noise(r, n):
    return bytes(r.getrandbits(8) for _ in range(r.randrange(n)))


def request(r):
    path = r.choice(PATHS) + r.choice([b"", b"?", b"?" + noise(r, 40), b"%" + noise(r, 3), noise(r, 200), b"?seconds=x&debug=" + noise(r, 8)])
    lines = [r.choice(METHODS) + b" " + path + b" " + r.choice([b"HTTP/1.1", b"HTTP/1.0", b"HTTP/9.9", b"", noise(r, 10)])]
    lines += [r.choice(HEADERS) if r.random() < 0.8 else noise(r, 60) for _ in range(r.randrange(8))]
    end = r.choice([b"\r\n", b"\r\n", b"\n"])
    body = r.choice([b"", b"5\r\nhello\r\n0\r\n\r\n", noise(r, 500), b"0x1+0x2", b"fffffffffffffffff\r\n"])
    return end.join(lines) + end + end + body


def mutate(r, data):
    data = bytearray(data)
    for _ in range(r.randrange(6)):
        at = r.randrange(len(data) or 1)
        what = r.randrange(3)
        if what == 0 and data:
            data[at] = r.getrandbits(8)
        elif what == 1:
            del data[at:at + r.randrange(8)]
        else:
            data[at:at] = data[at:at + r.randrange(64)]
    return bytes(data)


def connect(server):
    if server.scheme == "unix":
        s = socket.socket(socket.AF_UNIX)
        s.connect(server.socket)
        return s
    host, port = server.host.rsplit(":", 1)
    s = socket.create_connection((host, int(port)), timeout=10)
    if server.scheme == "https" and random.random() < 0.7:
        s = ssl._create_unverified_context().wrap_socket(s)
    return s


def one(server, r):
    kind = r.randrange(4)
    data = noise(r, 2000) if kind == 0 else request(r)
    if kind == 1:
        data = mutate(r, data)
    with connect(server) as s:
        s.settimeout(0.2)
        s.sendall(data)
        if r.random() < 0.3:
            s.shutdown(socket.SHUT_WR)
        if r.random() < 0.7:
            s.recv(65536)


def sender(server, seed, until, counts):
    r = random.Random(seed)
    while time.monotonic() < until:
        try:
            one(server, r)
            counts["sent"] += 1
        except (OSError, ssl.SSLError):
            counts["cut"] += 1


def main():
    server, seconds, seed = http_request.Server(sys.argv[1]), float(sys.argv[2]), int(sys.argv[3])
    until, counts = time.monotonic() + seconds, {"sent": 0, "cut": 0}
    threads = [threading.Thread(target=sender, args=(server, seed * 100 + i, until, counts)) for i in range(6)]
    for t in threads:
        t.start()
    asked = 0
    while time.monotonic() < until:
        answer = server.get("/")
        if answer.status not in (200, 401):
            print("status %d meanwhile: %r" % (answer.status, answer.body[:100]))
            return 1
        asked += 1
        time.sleep(0.1)
    for t in threads:
        t.join()
    print("%d connections, of which %d were cut; seed %d" % (sum(counts.values()), counts["cut"], seed))
    return 0


if __name__ == "__main__":
    sys.exit(main())
