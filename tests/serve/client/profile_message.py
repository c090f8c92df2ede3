"""profile.proto, decoded by hand, and what scrapers demand of it.

decode() reads the gzip'd message; problems() is the list of rules that it breaks: those of Parca's
ValidatePprofProfile and of google/pprof's CheckValid. Nothing of the project's own decoder is used.
"""

import gzip

VARINT, I64, LEN, I32 = 0, 1, 2, 5


def varint(data, at):
    value = shift = 0
    while True:
        if at >= len(data) or shift > 63:
            raise ValueError("a varint does not end")
        byte = data[at]
        value |= (byte & 0x7F) << shift
        at += 1
        shift += 7
        if byte < 0x80:
            return value, at


def fields(data):
    """(number, wire type, value) of each field of a message: an int, or the bytes."""
    at = 0
    while at < len(data):
        tag, at = varint(data, at)
        number, wire = tag >> 3, tag & 7
        if wire == VARINT:
            value, at = varint(data, at)
        elif wire in (I64, I32, LEN):
            if wire == LEN:
                n, at = varint(data, at)
            else:
                n = 8 if wire == I64 else 4
            if at + n > len(data):
                raise ValueError("a field reaches past its message")
            value, at = data[at : at + n], at + n
        else:
            raise ValueError("unknown wire type %d" % wire)
        yield number, wire, value


def signed(value):
    return value - (1 << 64) if value >= 1 << 63 else value


def numbers(wire, value):
    """A repeated integer: packed or one of them."""
    if wire == VARINT:
        return [signed(value)]
    out, at = [], 0
    while at < len(value):
        n, at = varint(value, at)
        out.append(signed(n))
    return out


def record(data, names):
    """A message whose fields are all integers, as a dict by names[number]; absent ones are 0."""
    out = dict.fromkeys(names.values(), 0)
    for number, wire, value in fields(data):
        if number in names:
            if wire != VARINT:
                raise ValueError("type mismatch in field %d" % number)
            out[names[number]] = signed(value)
    return out


VALUE_TYPE = {1: "type", 2: "unit"}
LABEL = {1: "key", 2: "str", 3: "num", 4: "num_unit"}
MAPPING = {1: "id", 2: "start", 3: "limit", 4: "offset", 5: "file", 6: "build_id", 7: "has_functions"}
LINE = {1: "function", 2: "line"}
FUNCTION = {1: "id", 2: "name", 3: "system_name", 4: "file", 5: "start_line"}


class Profile:
    def __init__(self):
        self.types, self.samples, self.mappings, self.locations, self.functions = [], [], [], [], []
        self.strings = []
        self.scalars = dict.fromkeys(range(7, 16), 0)
        self.period_type = {"type": 0, "unit": 0}
        self.comments = []

    def string(self, index):
        return self.strings[index]

    def type_names(self, types=None):
        return ["%s/%s" % (self.string(t["type"]), self.string(t["unit"])) for t in types or self.types]

    time_nanos = property(lambda self: self.scalars[9])
    duration_nanos = property(lambda self: self.scalars[10])
    period = property(lambda self: self.scalars[12])
    default_type = property(lambda self: self.string(self.scalars[14]))

    def period_name(self):
        return self.type_names([self.period_type])[0]

    def totals(self):
        return [sum(s["values"][i] for s in self.samples) for i in range(len(self.types))]

    def stack(self, sample):
        """Names of its functions, leaf first, inlined ones too; an address where there is none."""
        by_id = {f["id"]: f for f in self.functions}
        places = {l["id"]: l for l in self.locations}
        out = []
        for number in sample["locations"]:
            place = places[number]
            if not place["lines"]:
                out.append(hex(place["address"]))
            out += [self.string(by_id[line["function"]]["name"]) for line in place["lines"]]
        return out

    def labels(self, sample):
        return {self.string(l["key"]): self.string(l["str"]) if l["str"] else l["num"] for l in sample["labels"]}

    def through(self, name):
        """Totals of the samples with `name` anywhere in their stacks."""
        sums = [0] * len(self.types)
        for sample in self.samples:
            if name in self.stack(sample):
                sums = [a + b for a, b in zip(sums, sample["values"])]
        return sums


def read_sample(data):
    out = {"locations": [], "values": [], "labels": []}
    for number, wire, value in fields(data):
        if number == 1:
            out["locations"] += [n & (1 << 64) - 1 for n in numbers(wire, value)]
        elif number == 2:
            out["values"] += numbers(wire, value)
        elif number == 3:
            out["labels"].append(record(value, LABEL))
    return out


def read_location(data):
    out = {"id": 0, "mapping": 0, "address": 0, "lines": []}
    for number, _, value in fields(data):
        if number in (1, 2, 3):
            out[{1: "id", 2: "mapping", 3: "address"}[number]] = value
        elif number == 4:
            out["lines"].append(record(value, LINE))
    return out


def decode(body):
    """The profile in a gzip'd body. ValueError or OSError (gzip) if it is none."""
    if not body:
        raise ValueError("empty input file")
    if body[:2] != b"\x1f\x8b":
        raise ValueError("not gzip'd: it begins with %r" % body[:16])
    p = Profile()
    for number, wire, value in fields(gzip.decompress(body)):
        if number in (1, 2, 3, 4, 5, 6, 11):
            if wire != LEN:
                raise ValueError("type mismatch in field %d" % number)
            if number == 1:
                p.types.append(record(value, VALUE_TYPE))
            elif number == 2:
                p.samples.append(read_sample(value))
            elif number == 3:
                p.mappings.append(record(value, MAPPING))
            elif number == 4:
                p.locations.append(read_location(value))
            elif number == 5:
                p.functions.append(record(value, FUNCTION))
            elif number == 6:
                p.strings.append(value.decode())
            else:
                p.period_type = record(value, VALUE_TYPE)
        elif number == 13:
            p.comments += numbers(wire, value)
        elif number in p.scalars:
            p.scalars[number] = numbers(wire, value)[-1]
    return p


def string_problems(p):
    if not p.strings or p.strings[0] != "":
        yield "string_table[0] is not empty"
    used = [(t[k], "sample type") for t in p.types + [p.period_type] for k in ("type", "unit")]
    used += [(m[k], "mapping") for m in p.mappings for k in ("file", "build_id")]
    used += [(f[k], "function") for f in p.functions for k in ("name", "system_name", "file")]
    used += [(l[k], "label") for s in p.samples for l in s["labels"] for k in ("key", "str", "num_unit")]
    used += [(c, "comment") for c in p.comments] + [(p.scalars[n], "profile") for n in (7, 8, 14, 15)]
    for index, what in used:
        if not 0 <= index < len(p.strings):
            yield "a %s has string %d of %d" % (what, index, len(p.strings))


def id_problems(p):
    for what, table in (("mapping", p.mappings), ("location", p.locations), ("function", p.functions)):
        for i, entry in enumerate(table, 1):
            if entry["id"] != i:
                yield "%s %d has id %d: ids must be 1..N in order" % (what, i, entry["id"])
                break
    for l in p.locations:
        if l["mapping"] > len(p.mappings):
            yield "location %d has unknown mapping %d" % (l["id"], l["mapping"])
        for line in l["lines"]:
            if not 1 <= line["function"] <= len(p.functions):
                yield "location %d has a line with unknown function %d" % (l["id"], line["function"])
        if l["mapping"]:
            m = p.mappings[l["mapping"] - 1]
            if not m["start"] <= l["address"] < m["limit"]:
                yield "location %d, %#x, is outside of its mapping" % (l["id"], l["address"])


def sample_problems(p):
    for s in p.samples:
        if len(s["values"]) != len(p.types):
            yield "a sample has %d values, not %d" % (len(s["values"]), len(p.types))
        for number in s["locations"]:
            if not 1 <= number <= len(p.locations):
                yield "a sample has unknown location %d" % number
        for l in s["labels"]:
            if not l["key"]:
                yield "a label has no key"
            if l["str"] and (l["num"] or l["num_unit"]):
                yield "a label has a string and a number"


def problems(p):
    """The rules that a profile breaks, as text."""
    if not p.types:
        yield "no sample types"
    broken = list(string_problems(p)) + list(id_problems(p))
    yield from broken
    if not broken:  # else what follows would be about the same
        yield from sample_problems(p)
