"""A server of profiles for tests/reader/fetch: files of a directory, and what a server can do wrong.

fetch_server.py DIR [CERT KEY [CA]]   prints its port; requests are noted in DIR/log. With a certificate
                                      it speaks TLS, with a CA it wants one of the client, too.
"""
import gzip
import http.server
import os
import ssl
import sys
import threading
import time

DIR = sys.argv[1]
MEETING = threading.Barrier(3)


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *args):
        pass

    def note(self, text):
        with open(os.path.join(DIR, "log"), "a") as log:
            log.write(text + "\n")

    def answer(self, body, status=200, **headers):
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        self.note("GET %s %s" % (self.path, self.headers.get("Authorization", "-")))
        name = self.path.split("?")[0].rsplit("/", 1)[1]
        special = getattr(self, "get_" + name, None)
        path = os.path.join(DIR, "served", name)
        if special:
            special()
        elif os.path.exists(path):
            with open(path, "rb") as f:
                self.answer(f.read())
        else:
            self.answer(b"gone\n", 404, Content_Type="text/plain")

    def get_unknown(self):
        self.answer(b"Unknown profile\n", 404, Content_Type="text/plain; charset=utf-8", X_Go_Pprof="1")

    def get_moved(self):
        self.answer(b"", 302, Location="/debug/pprof/mutex")

    def get_circle(self):
        self.answer(b"", 302, Location=self.path)

    def get_encoded(self):
        with open(os.path.join(DIR, "served", "mutex"), "rb") as f:
            self.answer(gzip.compress(f.read()), Content_Encoding="gzip")

    def get_asleep(self):
        time.sleep(30)

    def get_together(self):
        """Answers when three ask at once."""
        MEETING.wait(10)
        with open(os.path.join(DIR, "served", "mutex"), "rb") as f:
            self.answer(f.read())

    def get_short(self):
        self.send_response(200)
        self.send_header("Content-Length", "1000")
        self.end_headers()
        self.wfile.write(b"--- mutex:\n")
        self.close_connection = True

    def get_bomb(self):
        """A little more than a GiB, in members of 16 MiB."""
        self.answer(gzip.compress(bytes(16 << 20)) * 65)

    def do_POST(self):
        asked = self.rfile.read(int(self.headers["Content-Length"])).decode()
        self.note("POST %s %s %s" % (self.path, self.headers["Content-Type"], asked))
        if self.path.startswith("/broken/"):
            self.answer(b"", 500)
            return
        lines = ["%s name_of_%s\n" % (a, a) for a in asked.split("+")]
        self.answer(("num_symbols: 1\n" + "".join(lines)).encode())


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
server.daemon_threads = True
if len(sys.argv) > 3:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(sys.argv[2], sys.argv[3])
    if len(sys.argv) > 4:
        context.load_verify_locations(sys.argv[4])
        context.verify_mode = ssl.CERT_REQUIRED
    server.socket = context.wrap_socket(server.socket, server_side=True)
print(server.server_address[1], flush=True)
server.serve_forever()
