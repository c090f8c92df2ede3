# What the command meets outside: arenas of another version, of hostile users, numbers of processes that are
# another's now, ports that are not free yet.

# serving ARGUMENT...: a server at the socket $D/socket, as SERVER.
serving() {
    (cd "$D" && CPROF_RUN_DIR="$D/run" exec "$CPPROF" serve --dir "$D/out" --listen "unix:$D/socket" "$@") \
        >"$D/serve.out" 2>"$D/serve.err" </dev/null 3>&- &
    SERVER=$!
    wait_for test -S "$D/socket" || fail "it does not serve: $(tail -n 1 "$D/serve.err")"
}
get() { # PATH [SOCKET]: the status; the body is in $D/body
    curl -s -m 20 -o "$D/body" -w '%{http_code}' --unix-socket "${2:-$D/socket}" "http://localhost$1"
}
# dead_arena: of a process that was killed with something to tell, or with SETTINGS that record nothing.
dead_arena() {
    begin_steady
    kill -KILL "$PID"
    wait "$PID" 2>/dev/null
    ARENA=$(find "$D/run" -name "$PID.*" -type f)
    [ -f "$ARENA" ] || fail "it has no arena"
}

# After an upgrade, what was started before has arenas of the former version: that is said once, and is no
# failure.
case_ps_other_version() {
    local copy
    dead_arena
    for copy in 4194001.1 4194002.1; do
        cp "$ARENA" "$D/run/$copy"
        printf '\x02' | dd of="$D/run/$copy" bs=1 seek=8 conv=notrunc 2>/dev/null
    done
    CPROF_RUN_DIR=$D/run "$CPPROF" ps >"$D/ps" 2>"$D/ps.err" || fail "status $?: $(head -n 1 "$D/ps.err")"
    grep -q "^ *$PID steady" "$D/ps" || fail "the others are not shown: $(cat "$D/ps")"
    grep -qx 'cpprof ps: 2 arenas of another version of cpprof, not shown' "$D/ps.err" || fail "it says $(head -n 1 "$D/ps.err")"
    # What is broken is a failure as before.
    printf '\xff' | dd of="$D/run/4194001.1" bs=1 seek=0 conv=notrunc 2>/dev/null
    CPROF_RUN_DIR=$D/run "$CPPROF" ps >"$D/ps" 2>"$D/ps.err" && fail "a broken one is passed over"
    return 0
}

# Each that cannot be written is tried and named once, however many there are.
case_many_broken_arenas() {
    local i n=600 named
    for ((i = 1; i <= n; i++)); do
        head -c 100 /dev/zero >"$D/run/$((4194304 + i)).7"
    done
    serving
    wait_for named_all $n || fail "$(grep -c 'is left for' "$D/serve.err") of $n are named"
    # A later one is found, and so the server has looked again.
    head -c 100 /dev/zero >"$D/run/4194304.7"
    wait_for named_all $((n + 1)) || fail "it does not look again"
    named=$(grep -c 'is left for' "$D/serve.err")
    [ "$named" = $((n + 1)) ] || fail "$named messages of $((n + 1)) arenas"
}
named_all() {
    [ "$(grep -c 'is left for' "$D/serve.err")" -ge "$1" ]
}

# Of another user's, root's server writes a part in an hour, and leaves the rest to him.
case_budget_of_a_user() {
    local i
    [ "$(id -u)" = 0 ] || skip "needs root"
    SETTINGS=(CPROF_CPU_RATE=0 CPROF_HEAP_RATE=0 CPROF_BLOCK_RATE=0 CPROF_MUTEX_FRACTION=0)
    dead_arena
    for ((i = 1; i <= 300; i++)); do
        cp --sparse=always "$ARENA" "$D/run/$((4194304 + i)).7"
    done
    rm "$ARENA"
    chown -R 65534 "$D/run"
    serving
    wait_for grep -q 'user 65534 has left too much' "$D/serve.err" || fail "nothing is left: $(tail -n 1 "$D/serve.err")"
    pause_ms 4000 # it looks again
    [ "$(find "$D/run" -type f | wc -l)" = $((300 - 256)) ] || fail "$(find "$D/run" -type f | wc -l) are left, not $((300 - 256))"
    [ "$(grep -c 'has left too much' "$D/serve.err")" = 1 ] || fail "it says so $(grep -c 'has left too much' "$D/serve.err") times"
    [ "$(find "$D/run" -type f | wc -l)" = $((300 - 256)) ] || fail "it goes on"
}

# A server for one process is for that one, not for the next of its number.
reuse_pid() { # in a PID namespace of its own
    local first i
    begin_steady
    first=$PID
    serving --pid "$first"
    [ "$(get /debug/pprof/heap)" = 200 ] || fail "no heap: $(cat "$D/body")"
    kill -KILL "$first"
    wait "$first" 2>/dev/null
    rm -f "$D/run/$first".*
    for ((i = 0; i < 100; i++)); do
        agent_env
        echo $((first - 1)) >/proc/sys/kernel/ns_last_pid
        (cd "$D" && exec "${ENV[@]}" "$PROGRAMS/steady") >"$D/agent.out" 2>"$D/agent.err" </dev/null 3>&- &
        PID=$!
        [ "$PID" = "$first" ] && break
        kill -KILL "$PID"
        wait "$PID" 2>/dev/null
    done
    [ "$PID" = "$first" ] || fail "100 processes, and none has the number again"
    wait_for says_ready || fail "it does not start again"
    [ -n "$(find "$D/run" -name "$first.*")" ] || fail "the second one has no arena"
    [ "$(get /debug/pprof/heap)" = 404 ] || fail "another process of the same number is served"
    kill -KILL "$PID" "$SERVER"
}
case_pid_reused() {
    [ "$(id -u)" = 0 ] && unshare --pid --fork --mount-proc true 2>/dev/null || skip "needs root and PID namespaces"
    unshare --pid --fork --kill-child --mount-proc "$HERE/run" --part "$CASE" "$D" reuse_pid >"$D/part" || fail "$(tail -n 1 "$D/part")"
}

# ---- CPROF_HTTP

begin_served() { # ADDRESS
    SETTINGS=(CPROF_HTTP="$1" CPROF_SYMBOLIZE=1)
    begin_steady
}
server_of() {
    marked | while read -r pid; do
        tr '\0' ' ' <"/proc/$pid/cmdline" | grep -q -- "--pid $1 --for-process" && echo "$pid"
    done
}
has_server() {
    [ -n "$(server_of "$1")" ]
}

# The port of a server that is about to end is not free at once: the next one waits for it.
case_port_free_later() {
    local port holder
    port=$(free_port)
    $PYTHON -c 'import socket, sys, time
s = socket.socket(); s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
s.bind(("127.0.0.1", int(sys.argv[1]))); s.listen(); time.sleep(1.0)' "$port" &
    holder=$!
    wait_for listening "$port" || fail "the port is not taken"
    begin_served "127.0.0.1:$port"
    wait $holder
    wait_for curl -sf -m 5 -o /dev/null "http://127.0.0.1:$port/debug/pprof/heap" || fail "it is not served: $(tail -n 1 "$D/agent.err")"
    kill -TERM "$PID"
    wait "$PID" || fail "it ended with $?"
}
# One that stays taken is said, and the program is served no worse for it.
case_port_stays_taken() {
    local port
    port=$(free_port)
    $PYTHON -c 'import socket, sys, time
s = socket.socket(); s.bind(("127.0.0.1", int(sys.argv[1]))); s.listen(); time.sleep(60)' "$port" &
    own $!
    wait_for listening "$port" || fail "the port is not taken"
    begin_served "127.0.0.1:$port"
    wait_for grep -q "cannot serve .*:$port.*address in use" "$D/agent.err" || fail "nothing is said: $(cat "$D/agent.err")"
    kill -TERM "$PID"
    wait "$PID" || fail "it ended with $?"
}

# Two servers whose clients do not take their last answers: the one that is told to end is gone first.
stuck_client() { # SOCKET
    $PYTHON -c 'import socket, sys, time
s = socket.socket(socket.AF_UNIX); s.connect(sys.argv[1]); s.settimeout(2)
try:
    for _ in range(5000): s.sendall(b"GET /debug/pprof/ HTTP/1.1\r\nHost: localhost\r\n\r\n")
except OSError: pass
open(sys.argv[1] + ".stuck", "w"); time.sleep(60)' "$1" &
    own $!
    wait_for test -e "$1.stuck" || fail "the client is not stuck"
}
case_last_answers_and_sigterm() {
    local first second a b
    begin_served "unix:$D/a"
    first=$PID
    begin_served "unix:$D/b"
    second=$PID
    wait_for has_server "$first" && wait_for has_server "$second" || fail "there are no servers"
    a=$(server_of "$first") b=$(server_of "$second")
    stuck_client "$D/a"
    stuck_client "$D/b"
    kill -KILL "$first" "$second"
    wait "$first" "$second" 2>/dev/null
    kill -TERM "$a"
    wait_for gone "$a" || fail "SIGTERM does not end it"
    gone "$b" && fail "the other one was gone as soon: the client was not stuck"
    # Nothing is lost by it.
    wait_for gone "$b" || fail "the last answers never end"
    recover || fail "recover: $(tail -n 1 "$D/recover.err")"
    no_arenas || fail "left in the run directory: $(ls -A "$D/run")"
    [ "$(n_files '*.heap.pb.gz')" -ge 2 ] || fail "$(n_files '*.heap.pb.gz') heap profiles of two processes"
    valid_files
}
