"""CPU sampling by request, of a program whose settings have none.

    cpu_window.py BASE COMMANDS ANSWERS

Two windows at a time, of different rates, hold what was burnt in them.
"""

import concurrent.futures
import sys
import time

import http_request
import profile_message
import windows
import worker


def window(server, query):
    answer = server.get("/debug/pprof/profile?" + query)
    if answer.status != 200:
        raise ValueError("profile?%s: status %d: %s" % (query, answer.status, answer.body[:200]))
    return profile_message.decode(answer.body)


def attempt(server, program, seconds):
    program.do("burn 300")
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        queries = ["seconds=%d" % seconds, "seconds=%d&hz=1000" % seconds]
        both = [pool.submit(window, server, q) for q in queries]
        time.sleep(0.6)
        done = program.do("burn 1500")
        profiles = [w.result() for w in both]
    if not all(windows.inside(p, "cpu", {"burn": done}) for p in profiles):
        print("work was not within the windows of %d s" % seconds)
        return None
    return dict(zip(queries, profiles)), done


def main():
    server = http_request.Server(sys.argv[1])
    program = worker.Worker(sys.argv[2], sys.argv[3])
    failed = []
    result = None
    for seconds in (3, 6, 12):
        result = result or attempt(server, program, seconds)
    if not result:
        print("work is never within the windows")
        return 1
    for query, p in result[0].items():
        failed += windows.nearly("cpu with " + query, p.through("site_burn")[1], result[1].amount)
    print("\n".join(failed))
    return bool(failed)


if __name__ == "__main__":
    sys.exit(main())
