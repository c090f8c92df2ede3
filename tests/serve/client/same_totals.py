"""Text and protobuf of one profile, as `go tool pprof -raw` reads them: the same totals.

    same_totals.py BASE KIND...

The program is to be idle. Heap values in text are raw samples, which the reader scales; at rate 1 they
are what the protobuf form has. A third form is fetched after: if that is not the first again, something
was recorded meanwhile, and it is tried again.
"""

import os
import re
import subprocess
import sys
import tempfile

import http_request


def read_raw(body):
    """(types, period, totals, samples) by the tool's own reader."""
    with tempfile.NamedTemporaryFile() as f:
        f.write(body)
        f.flush()
        tool = subprocess.run([os.environ["PPROF"], "-raw", "-symbolize=none", f.name], capture_output=True, text=True)
    if tool.returncode:
        raise ValueError("go tool pprof: %s" % tool.stderr.strip())
    head, _, rest = tool.stdout.partition("\nSamples:\n")
    types, _, rest = rest.partition("\n")
    samples = [[int(n) for n in re.match(r"\s*(-?\d+(?: +-?\d+)*):", line)[1].split()]
               for line in rest.partition("\nLocations")[0].split("\n") if re.match(r"\s*-?\d+( +-?\d+)*:", line)]
    types = [re.sub(r"\[dflt\]", "", t) for t in types.split()]
    totals = [sum(column) for column in zip(*samples)] or [0] * len(types)
    return types, re.search(r"Period: (\d+)", head), dict(zip(types, totals)), len(samples)


# Names in text that stand for others.
OLD = {"objects/count": "inuse_objects/count", "space/bytes": "inuse_space/bytes"}


def compare(kind, text, binary):
    types, _, totals, n = read_raw(text)
    _, _, expected, m = read_raw(binary)
    if m and not n:
        yield "%s: text has no samples" % kind
    for name in types:
        known = OLD.get(name, name)
        if known not in expected:
            yield "%s: text has %s, which the profile has not" % (kind, name)
        # Cycles are nanoseconds that went through a float.
        elif abs(totals[name] - expected[known]) > (expected[known] // 10**9 + n if "nanoseconds" in name else 0):
            yield "%s: %s: %d in text, %d in the profile" % (kind, name, totals[name], expected[known])
    print("%s: %s" % (kind, totals))


def check(server, kind):
    for _ in range(5):
        first = server.get("/debug/pprof/" + kind).body
        text = server.get("/debug/pprof/%s?debug=1" % kind).body
        again = server.get("/debug/pprof/" + kind).body
        if read_raw(first)[2:] == read_raw(again)[2:]:
            return list(compare(kind, text, first))
    return ["%s: the program is not idle" % kind]


def main():
    server = http_request.Server(sys.argv[1])
    failed = []
    for kind in sys.argv[2:]:
        try:
            failed += check(server, kind)
        except (ValueError, OSError) as e:
            failed.append("%s: %s" % (kind, e))
    print("\n".join(failed))
    return bool(failed)


if __name__ == "__main__":
    sys.exit(main())
