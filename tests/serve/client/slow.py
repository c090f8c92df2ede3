"""Clients that send or read a byte a second.

    slow.py BASE CLIENTS cut|while SECONDS

CLIENTS of each kind. Meanwhile others have to be answered. `cut`: until the server has cut off those
that send, as it has to; `while`: for so many seconds, after which they go.
"""

import socket
import sys
import time

import http_request

REQUEST = b"GET %s/debug/pprof/heap HTTP/1.1\r\nHost: %s\r\nX: " + b"x" * 4000


def connect(server, receive_bytes=None):
    host, port = server.host.rsplit(":", 1)
    s = socket.socket()
    if receive_bytes:
        s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_bytes)
    s.connect((host, int(port)))
    s.setblocking(False)
    return s


class Slow:
    """One that sends: a byte of a request that never ends; or that reads: of a long answer."""

    def __init__(self, server, sends):
        self.sends, self.sent, self.cut = sends, 0, False
        self.request = REQUEST % (server.prefix.encode(), server.host.encode())
        self.socket = connect(server, None if sends else 2048)
        if not sends:
            # Many in a row, so that what is to be sent is more than buffers hold.
            page = b"GET %s/debug/pprof/goroutine?debug=2 HTTP/1.1\r\nHost: %s\r\n\r\n" % (server.prefix.encode(), server.host.encode())
            self.socket.setblocking(True)
            self.socket.sendall(page * 200)
            self.socket.setblocking(False)

    def step(self):
        try:
            if self.sends:
                self.socket.send(self.request[self.sent:self.sent + 1])
                self.sent += 1
            # What comes unasked to a sender, a time-out's answer, is taken; and then the end.
            if not self.socket.recv(4096 if self.sends else 1):
                self.cut = True
        except BlockingIOError:
            pass
        except OSError:
            self.cut = True


def main():
    server, clients, until, seconds = http_request.Server(sys.argv[1]), int(sys.argv[2]), sys.argv[3], int(sys.argv[4])
    slow = [Slow(server, i % 2 == 0) for i in range(2 * clients)]
    for second in range(seconds):
        for s in slow:
            if not s.cut:
                s.step()
        answer = server.get("/debug/pprof/heap")
        if answer.status != 200:
            print("status %d for another client: %r" % (answer.status, answer.body[:100]))
            return 1
        senders = [s for s in slow if s.sends]
        if until == "cut" and all(s.cut for s in senders):
            print("all of %d who send a byte a second were cut off after %d s" % (len(senders), second))
            return 0
        time.sleep(1)
    if until == "cut":
        print("%d of %d who send a byte a second were not cut off in %d s" % (sum(not s.cut for s in senders), clients, seconds))
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
