"""Many clients at a time.

    crowd.py BASE CLIENTS ROUNDS PATH...

Each client has a connection, all ask at the same moment, ROUNDS times each, the paths in turn. Every
answer has to be whole and 200 (a window also 429 or 503, when there are too many). Prints how many there were
of each status.
"""

import collections
import sys
import threading

import http_request
import profile_message

FULL = (429, 503)


def client(server, number, rounds, paths, gate, answers):
    try:
        connection = server.connection()
        connection.connect()
        gate.wait()
        for i in range(rounds):
            path = paths[(number + i) % len(paths)]
            answer = server.get(path, connection=connection)
            answers.append((path, answer.status, problem(path, answer)))
        connection.close()
    except Exception as e:  # whatever it is, it fails the crowd
        gate.abort()
        answers.append(("client %d" % number, 0, "%s: %s" % (type(e).__name__, e)))


def problem(path, answer):
    if answer.status in FULL and "seconds=" in path:
        return None if answer.header("X-Go-Pprof") else "%d without X-Go-Pprof" % answer.status
    if answer.status != 200:
        return "status %d: %r" % (answer.status, answer.body[:100])
    if answer.header("Content-Type") == "application/octet-stream":
        wrong = list(profile_message.problems(profile_message.decode(answer.body)))
        return wrong[0] if wrong else None
    return None if answer.body else "an empty body"


def main():
    server, clients, rounds, paths = http_request.Server(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), sys.argv[4:]
    answers, gate = [], threading.Barrier(clients)
    threads = [threading.Thread(target=client, args=(server, i, rounds, paths, gate, answers)) for i in range(clients)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    print("; ".join("%s %d: %d" % (*key, n) for key, n in sorted(collections.Counter(a[:2] for a in answers).items())))
    failed = ["%s: %s" % (path, why) for path, _, why in answers if why and not why.startswith("BrokenBarrier")]
    if len(answers) < clients * rounds and not failed:
        failed = ["%d answers of %d" % (len(answers), clients * rounds)]
    print("\n".join(failed[:5]))
    return bool(failed)


if __name__ == "__main__":
    sys.exit(main())
