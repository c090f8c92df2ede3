"""A shell on a terminal: types at it, prints what comes back: python3 terminal.py SHELL ARGS.

Each line is typed when the prompt has come; ^Z and ^C when the program that they are for says that it runs. That
program makes no child: one of vfork that is stopped before its exec would hang its parent, with or without the agent.
"""
import os
import pty
import re
import select
import signal
import sys
import time

LINES = [
    ("PS1='<>' PS2=; stty -echo", None),
    ("sh -c 'echo ready; exec sleep 20'", b"\x1a"),
    ("jobs | sed 's/  */ /g'", None),
    ("kill %1; wait %1 2>/dev/null; echo status $?", None),
    ("sh -c 'echo ready; exec sleep 20'", b"\x03"),
    ("echo status $?", None),
    ("cat", b"typed\n\x04"),
    ("sh -c 'echo ready; kill -STOP $$; echo back'", None),
    ("fg", None),
    ("sleep 0.1 & wait; echo waited", None),
    ("trap 'echo winch' WINCH; kill -WINCH $$; echo after", None),
    ("exit 9", None),
]


def read_until(fd, pattern, seconds=20):
    seen, end = b"", time.monotonic() + seconds
    while not re.search(pattern, seen):
        if not select.select([fd], [], [], max(0, end - time.monotonic()))[0]:
            return seen + b"\n(nothing more came)\n"
        try:
            part = os.read(fd, 4096)
        except OSError:
            return seen
        if not part:
            return seen
        seen += part
    return seen


# A shell that hangs is ended.
signal.signal(signal.SIGALRM, lambda *_: os.kill(pid, signal.SIGKILL))
signal.alarm(90)
pid, fd = pty.fork()
if pid == 0:
    os.execvp(sys.argv[1], sys.argv[1:])
read_until(fd, rb"[$#] $")
for line, keys in LINES:
    os.write(fd, line.encode() + b"\n")
    text = b""
    if keys:
        if "ready" in line:
            text = read_until(fd, rb"ready\r\n")
        else:
            time.sleep(0.3)
        os.write(fd, keys)
    text += read_until(fd, rb"<>$")
    if not line.startswith("PS1"):
        sys.stdout.write(line + "\n" + text.decode(errors="replace") + "\n")
print("status", os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
