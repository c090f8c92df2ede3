"""Load for servers, on 127.0.0.1.

    load.py memcached PORT REQUESTS CONNECTIONS    sets and gets of values of some sizes
    load.py http PORT REQUESTS CONNECTIONS PATH    GETs on connections that are kept

Each connection is a thread with one request under way. The status is 1 when an answer is not the
right one.
"""

import socket
import sys
import threading

failures = []


def read_line(stream):
    line = stream.readline()
    if not line:
        raise EOFError("the server closed the connection")
    return line


def memcached(stream, requests, _path):
    for i in range(requests):
        key, value = b"key%d" % (i % 5000), b"v" * (10 + i % 4 * 250)
        stream.write(b"set %s 0 0 %d\r\n%s\r\n" % (key, len(value), value))
        stream.flush()
        assert read_line(stream) == b"STORED\r\n"
        stream.write(b"get %s\r\n" % key)
        stream.flush()
        # Another connection may have set it to another size.
        assert read_line(stream).startswith(b"VALUE " + key)
        assert read_line(stream).startswith(b"v")
        assert read_line(stream) == b"END\r\n"


def http(stream, requests, path):
    for _ in range(requests):
        stream.write(b"GET %s HTTP/1.1\r\nHost: localhost\r\n\r\n" % path.encode())
        stream.flush()
        assert b" 200 " in read_line(stream)
        length = 0
        while (line := read_line(stream)) != b"\r\n":
            if line.lower().startswith(b"content-length:"):
                length = int(line.split(b":")[1])
        assert len(stream.read(length)) == length


def connection(talk, port, requests, path):
    try:
        with socket.create_connection(("127.0.0.1", port)) as s:
            s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with s.makefile("rwb") as stream:
                talk(stream, requests, path)
    except Exception as e:  # whatever it is, it fails the load
        failures.append(e)


def main():
    talk = {"memcached": memcached, "http": http}[sys.argv[1]]
    port, requests, connections = map(int, sys.argv[2:5])
    path = sys.argv[5] if len(sys.argv) > 5 else None
    threads = [
        threading.Thread(target=connection, args=(talk, port, requests // connections, path))
        for _ in range(connections)
    ]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    if failures:
        sys.exit("load: %r" % failures[0])


main()
