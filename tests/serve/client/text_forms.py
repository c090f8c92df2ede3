"""The forms of text under /debug/pprof/, checked line by line: legacy profiles (debug=1), stacks of
goroutines (debug=2), the index page. Each check yields what is wrong."""

import html
import re

COUNT_HEADS = {
    "goroutine": r"goroutine profile: total (\d+)",
    "threadcreate": r"threadcreate profile: total (\d+)",
    "threads": r"threads profile: total (\d+)",
}
# Go's numbers are raw samples, to be scaled by the reader for the rate; cpprof's are estimates already, as of rate 1.
HEAP_HEADS = {
    "go": r"heap profile: (\d+): (\d+) \[(\d+): (\d+)\] @ heap/\d+",
    "cpprof": r"heap profile: (\d+): (\d+) \[(\d+): (\d+)\] @ heap/2",
}
HEAP_LINE = r"(\d+): (\d+) \[(\d+): (\d+)\] @((?: 0x[0-9a-f]+)+)"
COUNT_LINE = r"(\d+) @((?: 0x[0-9a-f]+)+)"
CONTENTION_LINE = r"(\d+) (\d+) @((?: 0x[0-9a-f]+)+)"
# A call: `#`, its address, the function with the offset, the place; aligned with tabs and spaces.
CALL = r"#\t0x[0-9a-f]+\t\S.*"
MAP_HEAD = "--- Memory map: ---"
# As in /proc/PID/maps, or google/pprof's short form with the build ID.
MAP_LINE = r"[0-9a-f]+-[0-9a-f]+ [r-][w-]xp ([0-9a-f]+ [0-9a-f]+:[0-9a-f]+ \d+(\s+\S.*)?|\S.* \(@[0-9a-f]+\)( [0-9a-f]+)?|\S.*)"


class Lines:
    def __init__(self, body):
        self.lines, self.at = body.decode().split("\n"), 0

    def next(self):
        self.at += 1
        return self.lines[self.at - 1] if self.at <= len(self.lines) else ""

    def more(self):
        return self.at < len(self.lines)


def legacy(kind, body, who="cpprof"):
    text = Lines(body)
    if kind in ("heap", "allocs"):
        yield from legacy_heap(text, who)
    elif kind in ("block", "mutex"):
        yield from legacy_contention(kind, text)
    else:
        yield from legacy_count(kind, text)


def legacy_count(kind, text):
    head = re.fullmatch(COUNT_HEADS[kind], text.next())
    if not head:
        yield "its first line is %r" % text.lines[0]
        return
    samples = yield from sample_lines(text, COUNT_LINE)
    total = sum(int(m[1]) for m in samples)
    if total != int(head[1]):
        yield "total %s, but samples of %d" % (head[1], total)
    counts = [int(m[1]) for m in samples]
    if counts != sorted(counts, reverse=True):
        yield "samples are not in falling order"


def legacy_heap(text, who):
    head = re.fullmatch(HEAP_HEADS[who], text.next())
    if not head:
        yield "its first line is %r" % text.lines[0]
        return
    samples = yield from sample_lines(text, HEAP_LINE)
    for i in range(1, 5):
        total = sum(int(m[i]) for m in samples)
        if total != int(head[i]):
            yield "number %d of the head is %s, of the samples %d" % (i, head[i], total)
    in_use = [int(m[2]) for m in samples]
    # A newer Go has them in rising order.
    if in_use != sorted(in_use, reverse=True) and not (who == "go" and in_use == sorted(in_use)):
        yield "samples are not in falling order of bytes in use"
    if "# runtime.MemStats" not in text.lines and not re.search(r"(?m)^# \w+ = ", "\n".join(text.lines)):
        yield "no lines of statistics, `# Name = value`"


def legacy_contention(kind, text):
    head = {"block": "--- contention:", "mutex": "--- mutex:"}[kind]
    if text.next() != head:
        yield "its first line is %r" % text.lines[0]
        return
    if not re.fullmatch(r"cycles/second=\d+(\.\d+)?", text.next()):
        yield "no cycles/second: %r" % text.lines[1]
    if kind == "mutex" and not re.fullmatch(r"sampling period=\d+", text.next()):
        yield "no sampling period: %r" % text.lines[2]
    samples = yield from sample_lines(text, CONTENTION_LINE)
    cycles = [int(m[1]) for m in samples]
    if cycles != sorted(cycles, reverse=True):
        yield "samples are not in falling order of time"


def sample_lines(text, pattern):
    """The matches of the samples; each is followed by its calls and, after those, an empty line."""
    samples = []
    while text.more():
        line = text.next()
        if line == MAP_HEAD:
            yield from map_lines(text)
            break
        match = re.fullmatch(pattern, line)
        if match:
            samples.append(match)
        elif line.startswith("#\t"):
            if not re.fullmatch(CALL, line):
                yield "an odd call: %r" % line
        elif line and not line.startswith("# "):
            # Go's threadcreate has samples without a stack, which google/pprof's reader cannot read.
            if re.fullmatch(r"\d+ @", line):
                yield "a sample without an address: %r" % line
            else:
                yield "an odd line: %r" % line
    return samples


def map_lines(text):
    n = 0
    while text.more():
        line = text.next()
        n += 1
        if line and not re.fullmatch(MAP_LINE, line):
            yield "an odd line of the memory map: %r" % line
            return
    if n < 2:
        yield "an empty memory map"


STACK_HEAD = r'(goroutine|thread) \d+( "([^"\\]|\\.)*")?( gp=\S+ m=\S+)?( mp=\S+)? \[[^\[\]]+( \[[^\[\]]*\])?[^\[\]]*\]:'
FUNCTION = r"(created by .+|\S.*\(.*\)|\[cpprof: .+\]|\.\.\.additional frames elided\.\.\.)"
PLACE = r"\t\S.*"


def stacks(body):
    """goroutine?debug=2: a head, then function and place in turn; an empty line between."""
    blocks = body.decode().strip("\n").split("\n\n")
    for block in blocks:
        head, *calls = block.split("\n")
        if not calls and head.startswith("deadlock: "):
            continue
        if not re.fullmatch(STACK_HEAD, head):
            yield "an odd head: %r" % head
        if not calls:
            yield "no stack after %r" % head
        for line in calls:
            if not re.fullmatch(PLACE if line.startswith("\t") else FUNCTION, line):
                yield "an odd line: %r" % line
                return
    if not blocks[0]:
        yield "it is empty"


INDEX_ROW = r"""<tr[^>]*>\s*<td[^>]*>\s*(\d+)\s*</td>\s*<td[^>]*>\s*<a href=['"]([^'"?]+)(?:\?[^'"]*)?['"]>([^<]+)</a>"""
INDEX_NAMES = ["allocs", "block", "cmdline", "goroutine", "heap", "mutex", "profile", "symbol", "threadcreate"]


def index_rows(body):
    """(count, link, name) of each profile on the index page."""
    return [(int(n), html.unescape(link), html.unescape(name)) for n, link, name in re.findall(INDEX_ROW, body.decode())]


def index(body, who="cpprof"):
    page = body.decode()
    names = [name for _, _, name in index_rows(body)]
    for text in ("<title>/debug/pprof/</title>", "Types of profiles available:", "Profile Descriptions:"):
        if text not in page:
            yield "the page has no %r" % text
    if not re.search(r"""href=['"]goroutine\?debug=2['"]""", page):
        yield "no link to goroutine?debug=2"
    if names != sorted(names):
        yield "profiles are not in the order of their names: %s" % " ".join(names)
    for name in INDEX_NAMES:
        # Go 1.19 does not list it.
        if name not in names and not (who == "go" and name == "symbol"):
            yield "no row of %s" % name
    for _, link, name in index_rows(body):
        if link != name:
            yield "%s links to %s" % (name, link)
        if not re.search(r"%s: ?</" % re.escape(name), page) and name in INDEX_NAMES:
            yield "no description of %s" % name
