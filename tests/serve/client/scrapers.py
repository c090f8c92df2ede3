"""The requests that scrapers and people's tools send, as they send them, and their rules of what comes.

    scrapers.py BASE WHO SECONDS [--path-prefix P]

SECONDS is the length of the CPU windows: 10 for Parca and 14 for Alloy in life. Each request goes over
a plain socket, byte for byte; a connection is kept for each profile, as theirs is.
"""

import argparse
import gzip
import socket
import sys

import http_request
import profile_message
import table

PARCA = ["User-Agent: conprof/0.21.0"]
ALLOY = ["User-Agent: Alloy/v1.10.0 (linux; docker)"]
# curl -o and `go tool pprof`: the transport of net/http with its defaults.
GO_TOOL = ["User-Agent: Go-http-client/1.1", "Accept-Encoding: gzip"]
CURL = ["User-Agent: curl/7.88.1", "Accept: */*"]
BROWSER = ["User-Agent: Mozilla/5.0", "Accept: text/html,*/*;q=0.8", "Accept-Encoding: gzip, deflate, br", "Connection: keep-alive"]


def shapes(seconds):
    """(who, headers, path, kind) of each request."""
    for who, headers in (("parca", PARCA), ("alloy", ALLOY)):
        for name in ("allocs", "block", "mutex", "goroutine"):
            yield who, headers, "/debug/pprof/" + name, name
        yield who, headers, "/debug/pprof/profile?seconds=%d" % seconds, "cpu"
    # What may be configured on top of these.
    yield "parca", PARCA, "/debug/pprof/heap", "heap"
    yield "parca", PARCA, "/debug/pprof/threadcreate", "threadcreate"
    yield "alloy", ALLOY, "/debug/pprof/heap", "heap"
    yield "alloy", ALLOY, "/debug/pprof/heap?seconds=%d" % seconds, "heap"
    for name in ("heap", "allocs", "block", "mutex", "goroutine", "threadcreate"):
        yield "go tool pprof", GO_TOOL, "/debug/pprof/" + name, name
    yield "go tool pprof", GO_TOOL, "/debug/pprof/profile?seconds=%d" % seconds, "cpu"
    yield "go tool pprof", GO_TOOL, "/debug/pprof/mutex?seconds=%d" % seconds, "mutex"
    yield "curl", CURL, "/debug/pprof/heap", "heap"
    yield "browser", BROWSER, "/debug/pprof/heap?debug=0", "heap"


def raw_exchange(stream, request):
    """Sends bytes on a connection; the answer, whose length must be told in one of HTTP's ways."""
    stream.write(request)
    stream.flush()
    response = http_request.http.client.HTTPResponse(Socket(stream), method="GET")
    response.begin()
    return http_request.Answer(response)


class Socket:
    """What HTTPResponse wants of one: the stream goes on after the answer."""

    def __init__(self, stream):
        self.stream = stream

    def makefile(self, mode):
        return Kept(self.stream)


class Kept:
    def __init__(self, stream):
        self.stream = stream

    def __getattr__(self, name):
        return getattr(self.stream, name)

    def close(self):
        pass


def parca_problems(answer):
    """scrape.go: status exactly 200, a body; then ParseData and ValidatePprofProfile."""
    if answer.status != 200:
        yield "status %d" % answer.status
        return
    if not answer.body:
        yield "empty body"
        return
    yield from profile_message.problems(profile_message.decode(answer.body))


def alloy_problems(answer):
    """Any 2xx, a type that begins application/octet-stream, and no page or JSON."""
    if not 200 <= answer.status < 300:
        yield "status %d" % answer.status
    if not (answer.header("Content-Type") or "").startswith("application/octet-stream"):
        yield "Content-Type %s" % answer.header("Content-Type")
    if answer.body[:2] != b"\x1f\x8b" and (not answer.body or answer.body[0] & 7 > 5):
        yield "not gzip'd, and no profile: %r" % answer.body[:8]
    # Pyroscope's limits.
    data = gzip.decompress(answer.body)
    if len(data) > 4 << 20:
        yield "%d bytes are more than Pyroscope takes" % len(data)
    p = profile_message.decode(answer.body)
    if len(p.samples) > 16000:
        yield "%d samples are more than Pyroscope takes" % len(p.samples)
    for s in p.samples:
        if len(s["labels"]) > 100 or len(s["locations"]) > 1000:
            yield "a sample has %d labels, %d locations" % (len(s["labels"]), len(s["locations"]))
    if any(len(text.encode()) > 65535 for text in p.strings):
        yield "a symbol is longer than Pyroscope takes"


def alloy_delta_problems(first, second, kind):
    """Alloy subtracts these itself: the values with these names may not fall."""
    if kind not in ("allocs", "mutex", "block"):
        return
    names = ["alloc_objects/count", "alloc_space/bytes"] if kind == "allocs" else ["contentions/count", "delay/nanoseconds"]
    for name in names:
        if name not in first.type_names():
            yield "no type %s" % name
            return
        i = first.type_names().index(name)
        if second.totals()[i] < first.totals()[i]:
            yield "%s fell from %d to %d" % (name, first.totals()[i], second.totals()[i])


def exchange(server, who, headers, path, kind, source):
    """Two scrapes on one connection, or one window."""
    host = server.host
    lines = ["GET %s%s HTTP/1.1" % (server.prefix, path), "Host: " + host] + headers + ["", ""]
    request = "\r\n".join(lines).encode()
    decoded = []
    with socket.create_connection(tuple(host.rsplit(":", 1)), timeout=60) as s, s.makefile("rwb") as stream:
        for _ in range(1 if "seconds" in path else 2):
            answer = raw_exchange(stream, request)
            if answer.header("Content-Encoding"):
                yield "Content-Encoding: %s" % answer.header("Content-Encoding")
            yield from parca_problems(answer)
            yield from alloy_problems(answer)
            decoded.append(profile_message.decode(answer.body))
            yield from table.kind_problems(decoded[-1], kind, source)
    if who == "alloy" and "seconds" not in path:
        yield from alloy_delta_problems(*decoded, kind)
    if "seconds" in path and not all(p.duration_nanos for p in decoded):
        yield "no duration, by which Parca knows a delta"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("base")
    parser.add_argument("source", help="go or cpprof")
    parser.add_argument("seconds", type=int)
    options = parser.parse_args()
    server = http_request.Server(options.base)
    rows = list(shapes(options.seconds))
    cpu = [r for r in rows if r[3] == "cpu"]
    failed = 0

    def attempt(who, headers, path, kind):
        try:
            return list(exchange(server, who, headers, path, kind, options.source))
        except (OSError, ValueError, EOFError, http_request.http.client.HTTPException) as e:
            return ["%s: %s" % (type(e).__name__, e)]

    # Scrapers and people at a time, but for the CPU of a Go program.
    with table.concurrent.futures.ThreadPoolExecutor(16) as pool:
        submit = table.now if options.source == "go" else pool.submit
        rows.sort(key=lambda r: r in cpu)
        for (who, _, path, _), done in [(r, (submit if r in cpu else pool.submit)(attempt, *r)) for r in rows]:
            for problem in done.result()[:2]:
                print("%s: GET %s: %s" % (who, path, problem))
                failed += 1
    print("requests %d, failed %d" % (len(rows), failed))
    return failed != 0


if __name__ == "__main__":
    sys.exit(main())
