# Core files.

# core_of PROGRAM: with gdb, of a program that runs, as $D/core.
core_of() {
    need gcore
    start "$1"
    gcore -o "$D/made" "$PID" >/dev/null 2>&1 || fail "gcore"
    mv "$D/made.$PID" "$D/core"
}

# Threads of a core have no names, but for the main one.
core_threads() {
    well_formed
    calls '\[mutex' 'bank::transfer' 'bank::teller<int>::work' teller_one start_thread
    [ "$(grep -c '\[mutex, on 0x[0-9a-f]* held by thread [0-9]*\]:$' "$D/out")" = 2 ] || fail "no owners"
    calls '\[poll\]' wait_in_poll start_thread
    calls '\[read\]' wait_in_read start_thread
    calls '\[running\]' spin start_thread
    grep -qE '^deadlock: thread [0-9]+ waits for' "$D/out" || fail "no deadlock"
    [ "$(grep -c ^thread "$D/out")" = 6 ] || fail "$(grep -c ^thread "$D/out") threads"
}

case_core_dynamic() {
    core_of bank
    threads 0 "$D/core"
    core_threads
    calls '"bank" \[sleep\]' main _start
}

case_core_static() {
    core_of bank_static
    threads 0 "$D/core"
    core_threads
    calls '"bank_static" \[sleep\]' main _start
}

# core_by_kernel PROGRAM [ARGUMENT...]: of a program that dies.
core_by_kernel() {
    [ "$(cat /proc/sys/kernel/core_pattern)" = core ] || skip "core_pattern sends cores elsewhere"
    (cd "$D" && ulimit -c unlimited && "$PROGRAMS/$1" "${@:2}") >/dev/null 2>&1
    mv "$D"/core* "$D/core" 2>/dev/null
    [ -s "$D/core" ] || skip "the kernel writes no core here"
}

case_core_of_abort() {
    core_by_kernel bank abort
    threads 0 "$D/core"
    core_threads
    calls '"bank" \[SIGABRT\]' raise abort main _start
    head -n 1 "$D/out" | grep -q SIGABRT || fail "who died does not come first"
}

# A call to where nothing is, and a thread in a signal handler.
case_core_of_crash() {
    local address
    for address in 0x0 0x123456; do
        core_by_kernel crash $address
        threads 0 "$D/core"
        well_formed
        calls '"crash" \[SIGSEGV\]' $address call_missing main _start
    done
    calls '\[signal\]' on_signal __restore_rt illegal signal_self run start_thread
}

case_core_executable_elsewhere() {
    cp "$PROGRAMS/bank" "$D/moving"
    need gcore
    (cd "$D" && exec ./moving) >"$D/program.out" 2>&1 &
    PID=$!
    echo "$PID" >>"$D/pids"
    wait_for grep -q ready "$D/program.out" || fail "it does not get ready"
    gcore -o "$D/made" "$PID" >/dev/null 2>&1
    mv "$D/made.$PID" "$D/core"
    mv "$D/moving" "$D/moved"
    threads 1 "$D/core"
    says "/moving: No such file or directory; say where the executable is with --exe PATH"
    grep -q ^thread "$D/out" || fail "it prints nothing"
    threads 0 --exe "$D/moved" "$D/core"
    core_threads
    cp "$PROGRAMS/calm" "$D/moving" # another program at its place
    threads 1 "$D/core"
    says 'not the file that the core was made with'
    threads 1 --exe "$D/nowhere" "$D/core"
    says 'No such file or directory'
}

case_core_truncated() {
    local size part
    core_of bank
    size=$(stat -c %s "$D/core")
    for part in 2 3 5 10 1000; do
        head -c $((size - size / part)) "$D/core" >"$D/cut"
        threads 1 "$D/cut"
        says 'cut short'
    done
    for part in 0 3 63 64 100 1000; do
        head -c $part "$D/core" >"$D/cut"
        threads 1 "$D/cut"
        [ -s "$D/err" ] || fail "$part bytes: no message"
    done
}

# The kernel writes the notes first, so that a cut core has stacks still.
case_core_truncated_stacks() {
    core_by_kernel bank abort
    head -c $(($(stat -c %s "$D/core") - 8192)) "$D/core" >"$D/cut"
    threads 1 "$D/cut"
    says 'cut short: stacks may be incomplete'
    [ "$(grep -c ^thread "$D/out")" = 6 ] || fail "$(grep -c ^thread "$D/out") threads"
    head -c 65536 "$D/core" >"$D/cut"
    threads 1 "$D/cut"
    [ "$(grep -c ^thread "$D/out")" = 6 ] || fail "$(grep -c ^thread "$D/out") threads"
}

case_core_is_none() {
    echo "not a core" >"$D/text"
    mkfifo "$D/fifo"
    : >"$D/empty"
    local what
    for what in text empty; do
        threads 1 "$D/$what"
        says "$D/$what: not a core file"
    done
    threads 1 "$PROGRAMS/bank"
    says 'not a core file'
    threads 1 "$D/nowhere"
    says 'nowhere: No such file or directory'
    threads 1 "$D/fifo"
    says 'not a regular file'
    threads 1 "$D"
    says 'not a regular file'
}

# Whatever is in a core file, the command ends by itself.
case_core_damaged() {
    need python3
    core_by_kernel bank abort
    cat >"$D/damage.py" <<'PY'
import mmap, random, subprocess, sys
command, path = sys.argv[1:]
head = 16384
with open(path, "r+b") as file:
    core = mmap.mmap(file.fileno(), 0)
    for seed in range(150):
        random.seed(seed)
        undo = {}
        def put(at, value):
            undo.setdefault(at, core[at])
            core[at] = value
        for _ in range(random.choice((1, 4, 32, 256))):
            put(random.randrange(64 if random.random() < 0.9 else 0, head), random.choice((0, 255, random.randrange(256))))
        for _ in range(2000):
            put(random.randrange(head, len(core)), random.randrange(256))
        try:
            status = subprocess.run([command, "threads", path], capture_output=True, timeout=60).returncode
        except subprocess.TimeoutExpired:
            status = "none after a minute"
        if status not in (0, 1):
            sys.exit(f"seed {seed}: status {status}")
        for at, value in undo.items():
            core[at] = value
PY
    python3 "$D/damage.py" "$CPPROF" "$D/core" 2>"$D/err" || fail "$(tail -n 1 "$D/err")"
}
