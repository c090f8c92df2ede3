"""Writes small profile.proto files for the tests."""


def varint(n):
    n &= (1 << 64) - 1
    out = bytearray()
    while n > 127:
        out.append(n & 127 | 128)
        n >>= 7
    out.append(n)
    return bytes(out)


def number(field, n):
    return varint(field << 3) + varint(n)


def message(field, content):
    return varint(field << 3 | 2) + varint(len(content)) + content


class Profile:
    """Samples of one type: stacks of (function, file, library), root first; a list in place of a frame is
    a call and what was inlined into it, outermost first."""

    def __init__(self, kind=('cpu', 'nanoseconds'), duration=0):
        self.strings, self.out, self.ids = {b'': 0}, b'', {}
        self.out += message(1, number(1, self.string(kind[0])) + number(2, self.string(kind[1])))
        if duration:
            self.out += number(10, duration)

    def string(self, s):
        return self.strings.setdefault(s if isinstance(s, bytes) else s.encode(), len(self.strings))

    def id(self, kind, key):
        """Of what is described by the key, and whether it is new."""
        new = (kind, key) not in self.ids
        return self.ids.setdefault((kind, key), 1 + sum(k == kind for k, _ in self.ids)), new

    def mapping(self, library):
        number_, new = self.id('mapping', library)
        if new:
            start = number_ << 32
            self.out += message(3, number(1, number_) + number(2, start) + number(3, start + (1 << 20)) +
                                number(5, self.string(library)) + number(7, 1))
        return number_

    def function(self, name, file):
        number_, new = self.id('function', (name, file))
        if new:
            self.out += message(5, number(1, number_) + number(2, self.string(name)) + number(4, self.string(file)))
        return number_

    def location(self, frame):
        frames = tuple(frame) if isinstance(frame, list) else (frame,)
        number_, new = self.id('location', frames)
        if new:
            lines = b''.join(message(4, number(1, self.function(name, file))) for name, file, _ in reversed(frames))
            library = self.mapping(frames[0][2])
            self.out += message(4, number(1, number_) + number(2, library) +
                                number(3, (library << 32) + number_) + lines)
        return number_

    def sample(self, stack, value, **labels):
        locations = [self.location(frame) for frame in reversed(stack)]
        content = b''.join(number(1, l) for l in locations) + number(2, value)
        for key, label in labels.items():
            of = number(2, self.string(label)) if isinstance(label, str) else number(3, label)
            content += message(3, number(1, self.string(key)) + of)
        self.out += message(2, content)

    def write(self, path):
        table = b''.join(message(6, s) for s in self.strings)
        with open(path, 'wb') as file:
            file.write(self.out + table)
