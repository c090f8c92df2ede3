"""What a window says against what was done in it.

    windows.py BASE COMMANDS ANSWERS

The program programs/worker does known amounts before, during and after windows on all its profiles,
which are open at a time. Counts and memory, all recorded, are exact; waits and CPU time are within
2 %. When the work was is told by the program, when the window was by the profile; it is repeated with
a longer one if the one was not within the other.
"""

import concurrent.futures
import sys
import time

import http_request
import profile_message
import worker

WITHIN = 0.02
KINDS = {
    "heap": "heap",
    "allocs": "allocs",
    "block": "block",
    "mutex": "mutex",
    "threadcreate": "threadcreate",
    "goroutine": "goroutine",
    "cpu": "profile",
}
BEFORE = ["alloc 700 256", "churn 300 512", "lock 2 10", "cond 2 10", "read 2 10", "sleep 2 10", "burn 300", "threads 2"]
DURING = ["free", "alloc 1000 128", "churn 2000 100", "lock 5 30", "cond 4 30", "read 5 30", "sleep 3 50", "burn 1000", "threads 4"]
AFTER = ["alloc 500 256", "churn 200 512", "lock 2 10", "cond 2 10", "read 2 10", "sleep 2 10", "burn 200", "threads 1"]


def window(server, path, seconds):
    answer = server.get("/debug/pprof/%s?seconds=%d" % (path, seconds))
    if answer.status != 200:
        raise ValueError("%s: status %d: %s" % (path, answer.status, answer.body[:200]))
    return profile_message.decode(answer.body)


def inside(p, kind, done):
    """Whether all that was done was in the window: of CPU the time is that of its start, as in Go."""
    start = p.time_nanos if kind == "cpu" else p.time_nanos - p.duration_nanos
    return all(start <= d.from_ns and d.to_ns <= start + p.duration_nanos for d in done.values())


def attempt(server, program, seconds):
    """The windows and what was done in them; None if it was not all in all of them."""
    for command in BEFORE:
        program.do(command)
    with concurrent.futures.ThreadPoolExecutor(len(KINDS)) as pool:
        open_windows = {kind: pool.submit(window, server, path, seconds) for kind, path in KINDS.items()}
        time.sleep(0.4)
        done = {command.split()[0]: program.do(command) for command in DURING}
        profiles = {kind: w.result() for kind, w in open_windows.items()}
    late = [kind for kind, p in profiles.items() if not inside(p, kind, done)]
    if late:
        print("work was not within the windows of %d s: %s" % (seconds, " ".join(late)))
        return None
    for command in AFTER:
        program.do(command)
    return profiles, done


def exactly(what, got, expected):
    if got != expected:
        yield "%s: %s, not %s" % (what, got, expected)


def nearly(what, got, expected):
    print("%s: %d, of %d: %.4f" % (what, got, expected, got / expected))
    if abs(got - expected) > WITHIN * expected:
        yield "%s: %d, not within %g %% of %d" % (what, got, 100 * WITHIN, expected)


def problems(profiles, done):
    for kind in ("heap", "allocs"):
        made, gone, churned = done["alloc"], done["free"], done["churn"]
        yield from exactly(kind + " of site_alloc", profiles[kind].through("site_alloc"),
                           [made.count, made.amount, made.count - gone.count, made.amount - gone.amount])
        yield from exactly(kind + " of site_churn", profiles[kind].through("site_churn"),
                           [churned.count, churned.amount, 0, 0])
    for name in ("lock", "cond", "read", "sleep"):
        got = profiles["block"].through("site_" + name)
        yield from exactly("block count of site_" + name, got[0], done[name].count)
        yield from nearly("block delay of site_" + name, got[1], done[name].amount)
    waited, held = (profiles["mutex"].through(name) for name in ("site_lock", "site_unlock"))
    yield from exactly("mutex count of site_lock", waited[0], done["lock"].count)
    yield from nearly("mutex delay of site_lock", waited[1], done["lock"].amount)
    if len(profiles["mutex"].types) == 4:
        yield from exactly("mutex held_count of site_unlock", held[2], done["lock"].count)
        yield from nearly("mutex held_delay of site_unlock", held[3], done["lock"].amount)
    yield from nearly("cpu of site_burn", profiles["cpu"].through("site_burn")[1], done["burn"].amount)
    made = done["threads"].count
    yield from exactly("threadcreate of site_threads", profiles["threadcreate"].through("site_threads"), [made])
    yield from exactly("goroutine of site_park", profiles["goroutine"].through("site_park"), [made])


def idle_problems(server):
    """Threads that wait on are no difference."""
    p = window(server, "goroutine", 1)
    left = [(s["values"], p.labels(s)) for s in p.samples if "site_park" in p.stack(s)]
    if left:
        yield "goroutine?seconds=1 of an idle program has threads that only wait: %s" % left[:2]


def main():
    server = http_request.Server(sys.argv[1])
    program = worker.Worker(sys.argv[2], sys.argv[3])
    for seconds in (3, 6, 12):
        result = attempt(server, program, seconds)
        if result:
            break
    if not result:
        print("work is never within the windows")
        return 1
    failed = list(problems(*result)) + list(idle_problems(server))
    print("\n".join(failed))
    return bool(failed)


if __name__ == "__main__":
    sys.exit(main())
