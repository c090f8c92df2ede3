"""Sends the rows of tests/serve/requests to a server and checks the answers.

    table.py TABLE WHO BASE PID [PC NAME] [--only TEXT] [--at-once] [--part I/N]

WHO is go, go-timeout, cpprof or server, and takes the rows that hold of it. Prints a line for each
row that fails, and last `rows N, failed N`; the status is 1 when one failed.
"""

import argparse
import concurrent.futures
import json
import re
import socket
import sys
import time

import http_request
import profile_message
import text_forms

# What a row without an answer at once waits for one.
OPEN_S = 0.5
AT_A_TIME = 24
HELD_BY = {"go": ("both", "go"), "cpprof": ("both", "cpprof"), "go-timeout": ("go-timeout",), "server": ("server",)}
TYPES = {
    "heap": "alloc_objects/count alloc_space/bytes inuse_objects/count inuse_space/bytes",
    "block": "contentions/count delay/nanoseconds",
    "mutex": "contentions/count delay/nanoseconds",
    "goroutine": "goroutine/count",
    "threads": "threads/count",
    "threadcreate": "threadcreate/count",
    "cpu": "samples/count cpu/nanoseconds",
}
TYPES["allocs"] = TYPES["heap"]
# Also who made others wait: after Go's own.
HELD_TYPES = " held_contentions/count held_delay/nanoseconds"
PERIODS = {
    "heap": "space/bytes",
    "allocs": "space/bytes",
    "block": "contentions/count",
    "mutex": "contentions/count",
    "cpu": "cpu/nanoseconds",
}
DEFAULTS = {"heap": "inuse_space", "allocs": "alloc_space", "block": "delay", "mutex": "delay", "cpu": "cpu"}
NS = 10**9


class Row:
    def __init__(self, line, names):
        cells = [cell.strip() for cell in line.split("|")]
        if len(cells) != 6:
            raise ValueError("%d columns: %s" % (len(cells), line))
        self.who, request, extra, status, headers, self.body = (fill(c, names) for c in cells)
        self.text = request + (" [%s]" % extra if extra else "")
        self.method, path = request.split(" ", 1)
        self.path = path if path.startswith("/") else "/debug/pprof/" + path
        self.status = [int(s) for s in status.split("/")]
        self.headers = [h.strip() for h in headers.split(";")] if headers.startswith("plain") else [headers]
        self.sent, self.sent_headers, self.version, self.during, self.times = b"", [], "HTTP/1.1", None, 1
        for part in filter(None, (p.strip() for p in extra.split(";"))):
            self.take(part)

    def take(self, part):
        if part.startswith("body=") or part.startswith("form="):
            self.sent = part[5:].encode()
            if part.startswith("form="):
                self.sent_headers.append(("Content-Type", "application/x-www-form-urlencoded"))
        elif part.startswith("multipart="):
            self.sent_headers.append(("Content-Type", "multipart/form-data; boundary=part"))
            disposition = 'Content-Disposition: form-data; name="%s"\r\n\r\n%s' % tuple(part[10:].split("=", 1))
            self.sent = ("--part\r\n%s\r\n--part--\r\n" % disposition).encode()
        elif part.startswith("during="):
            self.during = "/debug/pprof/" + part[7:]
        elif part == "HTTP/1.0":
            self.version = part
        elif part == "twice":
            self.times = 2
        else:
            name, value = part.split(": ", 1)
            self.sent_headers.append((name, value))


def fill(cell, names):
    return re.sub(r"\{(\w+)\}", lambda m: names[m[1]], cell)


def read_table(path, who, names):
    rows = []
    with open(path) as f:
        for line in f:
            if line.strip() and not line.startswith("#") and line.split("|")[0].strip() in HELD_BY[who]:
                rows.append(Row(line, names))
    return rows


# ---- headers

KNOWN = ("Content-Type", "Content-Disposition", "X-Go-Pprof", "X-Content-Type-Options")
SETS = {
    "text": ("text/plain; charset=utf-8", None, None, "nosniff"),
    "error": ("text/plain; charset=utf-8", None, "1", "nosniff"),
    "html": ("text/html; charset=utf-8", None, None, "nosniff"),
}


def header_problems(row, answer):
    yield from same("Content-Encoding", answer, None)
    first = row.headers[0]
    if first == "plain":
        # A redirect or a refusal is not an error of pprof's.
        if answer.status in (301, 307):
            yield from same("X-Go-Pprof", answer, None)
    elif first.startswith("profile "):
        disposition = 'attachment; filename="%s"' % first.split()[1]
        for name, value in zip(KNOWN, ("application/octet-stream", disposition, None, "nosniff")):
            yield from same(name, answer, value)
    else:
        for name, value in zip(KNOWN, SETS[first]):
            yield from same(name, answer, value)
    for header in row.headers[1:]:
        name, value = header.split(": ", 1)
        yield from same(name, answer, value)


def same(name, answer, value):
    got = answer.header(name)
    if got != value:
        yield "%s is %r, not %r" % (name, got, value)


# ---- bodies

def body_problems(row, answer, names):
    check, *arguments = row.body.split(" ") if row.body else ["any"]
    if row.body.startswith('"'):
        if answer.body != quoted(row.body):
            yield "body %r, not %r" % (answer.body[:200], quoted(row.body))
    elif row.body.startswith('~"'):
        if quoted(row.body[1:]) not in answer.body:
            yield "body without %r: %r" % (quoted(row.body[1:]), answer.body[:200])
    elif check == "empty":
        if answer.body:
            yield "a body of %d bytes" % len(answer.body)
    elif check != "any":
        try:
            yield from BODIES[check](answer, names, *arguments)
        except (ValueError, OSError, EOFError, UnicodeDecodeError) as e:
            yield "%s: %r" % (e, answer.body[:80])


def quoted(text):
    return json.loads(text).encode()


def profile_body(answer, names, kind):
    yield from kind_problems(profile_message.decode(answer.body), kind, names["who"])


def kind_problems(p, kind, who):
    yield from profile_message.problems(p)
    types = " ".join(p.type_names())
    if types != TYPES[kind] and not (kind == "mutex" and who != "go" and types == TYPES[kind] + HELD_TYPES):
        yield "types %s, not %s" % (types, TYPES[kind])
    if p.period_name() != PERIODS.get(kind, TYPES[kind]):
        yield "period %s, not %s" % (p.period_name(), PERIODS.get(kind, TYPES[kind]))
    last = p.type_names()[-1].split("/")[0]
    default = p.default_type or last
    # Go's deltas of allocs have lost theirs.
    if default != DEFAULTS.get(kind, last) and not (who == "go" and kind == "allocs" and p.duration_nanos):
        yield "default sample type %s, not %s" % (default, DEFAULTS.get(kind))
    if kind in ("block", "mutex", "goroutine", "threads", "threadcreate") and p.period != 1:
        yield "period %d, not 1" % p.period
    if kind == "cpu" and not 0 < p.period <= NS:
        yield "period %d ns" % p.period
    if not p.time_nanos:
        yield "no time"
    for s in p.samples:
        # What Go has without objects has no size; and a goroutine of the runtime's may have no stack.
        if kind in ("heap", "allocs") and s["values"][0] and not isinstance(p.labels(s).get("bytes"), int):
            yield "a sample has no label bytes: %s" % p.labels(s)
            break
        if who != "go" and not s["locations"]:
            yield "a sample has no stack"
            break


def delta_body(answer, names, kind, seconds):
    p = profile_message.decode(answer.body)
    yield from kind_problems(p, kind, names["who"])
    # Go sleeps, and begins to count a little later.
    if p.duration_nanos < int(seconds) * NS * (0.9 if names["who"] == "go" else 1):
        yield "duration %d ns, not %s s" % (p.duration_nanos, seconds)
    for s in p.samples:
        if not any(s["values"]):
            yield "a sample of zeros"
            break


def legacy_body(answer, names, kind):
    return text_forms.legacy(kind, answer.body, names["who"])


def cmdline_body(answer, names):
    with open("/proc/%s/cmdline" % names["pid"], "rb") as f:
        expected = f.read()[:-1]
    if answer.body != expected:
        yield "body %r, not %r" % (answer.body, expected)


def targets_body(answer, names):
    listed = json.loads(answer.body)
    entries = listed if isinstance(listed, list) else listed.get("targets", [])
    mine = [e for e in entries if e.get("pid") == int(names["pid"])]
    if len(mine) != 1:
        yield "process %s is listed %d times" % (names["pid"], len(mine))


def http_sd_body(answer, names):
    listed = json.loads(answer.body)
    if not isinstance(listed, list):
        yield "it is no list"
        return
    paths = []
    for group in listed:
        if set(group) - {"targets", "labels"} or not all(isinstance(t, str) for t in group["targets"]):
            yield "not as Prometheus takes it: %s" % json.dumps(group)
        for name, value in group.get("labels", {}).items():
            if not isinstance(value, str) or not re.fullmatch("[a-zA-Z_][a-zA-Z0-9_]*", name):
                yield "not a label: %s=%r" % (name, value)
        paths += [value for value in group.get("labels", {}).values() if "/targets/%s" % names["pid"] in value]
        for target in group["targets"]:
            if not re.fullmatch(r"[^/\s]+:\d+", target):
                yield "not an address: %s" % target
    if not paths:
        yield "no label leads to /targets/%s" % names["pid"]


BODIES = {
    "profile": profile_body,
    "delta": delta_body,
    "cpu": lambda answer, names, seconds: delta_body(answer, names, "cpu", seconds),
    "legacy": legacy_body,
    "stacks": lambda answer, names: text_forms.stacks(answer.body),
    "index": lambda answer, names: text_forms.index(answer.body, names["who"]),
    "cmdline": cmdline_body,
    "targets": targets_body,
    "http_sd": http_sd_body,
}


# ---- requests

def run_row(server, row, names):
    # Go's sampling for a client that is gone ends a little later than that, and is in the way until then.
    for _ in range(50):
        problems, begun = attempt_row(server, row, names)
        if begun and (row.during or not any("already in use" in p for p in problems)):
            break
        time.sleep(0.1)
    return problems


def attempt_row(server, row, names):
    """What is wrong; and whether what was to be under way was."""
    under_way, begun = None, True
    try:
        if row.during:
            under_way = server.send("GET", row.during)
            time.sleep(0.3)  # for it to have begun
        problems = list(ask(server, row, names))
        if under_way:
            begun = http_request.Answer(under_way.getresponse()).status == 200
        return problems, begun
    except (OSError, http_request.http.client.HTTPException) as e:
        return ["%s: %s" % (type(e).__name__, e)], True
    finally:
        if under_way:
            under_way.close()


def ask(server, row, names):
    connection = server.connection()
    try:
        for _ in range(row.times):
            server.send(row.method, row.path, headers=row.sent_headers, body=row.sent, version=row.version,
                        connection=connection)
            if row.body == "open":
                yield from open_problems(connection)
                return
            answer = http_request.Answer(connection.getresponse())
            if answer.status not in row.status:
                yield "status %d, not %s: %r" % (answer.status, "/".join(map(str, row.status)), answer.body[:120])
                return
            yield from header_problems(row, answer)
            yield from body_problems(row, answer, names)
    finally:
        connection.close()


def open_problems(connection):
    """Nothing comes, or the head of a profile and nothing after it."""
    connection.sock.settimeout(OPEN_S)
    try:
        data = connection.sock.recv(65536)
        if not data.startswith(b"HTTP/1.1 200 ") or data.endswith(b"\r\n0\r\n\r\n"):
            yield "an answer at once: %r" % data[:400]
    except socket.timeout:
        pass


def takes_time(row):
    return row.body.split(" ")[0] in ("open", "delta", "cpu") or row.during


def alone(row):
    """Go takes one CPU profile at a time, and ends each a little later than its client."""
    return row.path.startswith("/debug/pprof/profile") or row.path.startswith("/debug/pprof/trace") or row.during


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("table")
    parser.add_argument("who")
    parser.add_argument("base")
    parser.add_argument("pid")
    parser.add_argument("pc", nargs="?", default="0x1")
    parser.add_argument("name", nargs="?", default="")
    parser.add_argument("--only", default="", help="rows with this text in their request")
    parser.add_argument("--at-once", action="store_true", help="no rows that take time")
    parser.add_argument("--part", default="1/1", help="I/N: one of N parts of the rows")
    options = parser.parse_args()
    server = http_request.Server(options.base)
    pc = int(options.pc, 0)
    names = {"pid": options.pid, "pc": hex(pc), "pc10": str(pc), "pc8": "0%o" % pc, "name": options.name,
             "prefix": server.prefix, "who": options.who}
    rows = [r for r in read_table(options.table, options.who, names)
            if options.only in r.text and not (options.at_once and takes_time(r))]
    part, parts = map(int, options.part.split("/"))
    rows = rows[part - 1 :: parts]
    failed = 0
    with concurrent.futures.ThreadPoolExecutor(AT_A_TIME) as pool:
        beside = [(row, pool.submit(run_row, server, row, names)) for row in rows if not alone(row)]
        for row, problems in beside:
            failed += report(row, problems.result())
        one_at_a_time = options.who == "go"
        beside = [(row, (pool.submit if not one_at_a_time else now)(run_row, server, row, names))
                  for row in rows if alone(row)]
        for row, problems in beside:
            failed += report(row, problems.result())
    print("rows %d, failed %d" % (len(rows), failed))
    return failed != 0


class now:
    """A call made at once, in the shape of one that a pool makes."""

    def __init__(self, function, *arguments):
        self.value = function(*arguments)

    def result(self):
        return self.value


def report(row, problems):
    for problem in problems[:3]:
        print("%s: %s" % (row.text, problem))
    return bool(problems)


if __name__ == "__main__":
    sys.exit(main())
