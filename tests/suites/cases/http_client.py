"""Four clients that ask for PATHS in turn, on connections that stay open, for so many seconds:
python3 http_client.py PORT SECONDS PATH...

Prints the number of answers that were not whole or not 200; status 1 when there were any. A connection that the
server closes between two requests is no error: that is how a server that goes gets rid of its clients.
"""
import http.client
import sys
import threading
import time

port, seconds, paths = int(sys.argv[1]), float(sys.argv[2]), sys.argv[3:]
wrong = []


def once(connection, path):
    connection.request("GET", path)
    answer = connection.getresponse()
    body = answer.read()
    if answer.status != 200 or len(body) != sizes.setdefault(path, len(body)):
        wrong.append(f"{path}: {answer.status}, {len(body)} bytes")


def client(number):
    end = time.monotonic() + seconds
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    n = number
    while time.monotonic() < end:
        n += 1
        for attempt in range(3):
            try:
                once(connection, paths[n % len(paths)])
                break
            except (http.client.RemoteDisconnected, ConnectionResetError, BrokenPipeError, http.client.CannotSendRequest) as error:
                connection.close()
                if attempt == 2:
                    wrong.append(repr(error))
            except Exception as error:
                connection.close()
                wrong.append(repr(error))
                break


sizes = {}
threads = [threading.Thread(target=client, args=(n,)) for n in range(4)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
for line in wrong[:10]:
    print(line)
print(len(wrong), "wrong")
sys.exit(bool(wrong))
