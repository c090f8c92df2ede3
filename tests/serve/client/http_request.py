"""One HTTP request, sent exactly as given, and its answer.

A base is `http://HOST:PORT/PREFIX`, `https://...`, or `unix:SOCKET` with `/PREFIX` after a second
colon.
"""

import http.client
import socket
import ssl

TIMEOUT_S = 60


class UnixConnection(http.client.HTTPConnection):
    def __init__(self, path):
        super().__init__("localhost", timeout=TIMEOUT_S)
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self.path)


class Answer:
    def __init__(self, response):
        self.status, self.headers = response.status, response.headers
        self.body = response.read()

    def header(self, name):
        return self.headers.get(name)


class Server:
    def __init__(self, base):
        scheme, rest = base.split(":", 1)
        self.scheme = scheme
        if scheme == "unix":
            self.socket, _, self.prefix = rest.partition(":")
        else:
            self.host, slash, prefix = rest.lstrip("/").partition("/")
            self.prefix = slash + prefix
        self.prefix = self.prefix.rstrip("/")

    def connection(self):
        if self.scheme == "unix":
            return UnixConnection(self.socket)
        if self.scheme == "https":
            unchecked = ssl._create_unverified_context()
            return http.client.HTTPSConnection(self.host, timeout=TIMEOUT_S, context=unchecked)
        return http.client.HTTPConnection(self.host, timeout=TIMEOUT_S)

    def send(self, method, path, headers=(), body=b"", version="HTTP/1.1", connection=None):
        """Sends a request; returns its connection, on which the answer will come."""
        c = connection or self.connection()
        c._http_vsn, c._http_vsn_str = (10 if version == "HTTP/1.0" else 11), version
        named = {name.lower() for name, _ in headers}
        # What http.client would add by itself is left out: Accept-Encoding, and a second Host.
        c.putrequest(method, self.prefix + path, skip_host="host" in named, skip_accept_encoding=True)
        for name, value in headers:
            c.putheader(name, value)
        if body or method in ("POST", "PUT"):
            c.putheader("Content-Length", str(len(body)))
        c.endheaders(body or None)
        return c

    def ask(self, method, path, **more):
        c = self.send(method, path, **more)
        try:
            return Answer(c.getresponse())
        finally:
            if "connection" not in more:
                c.close()

    def get(self, path, **more):
        return self.ask("GET", path, **more)
