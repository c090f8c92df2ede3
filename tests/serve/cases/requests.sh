# The table of requests, to a Go program and to cpprof.

# start_reference N: the Go program, its figures in $D/reference.N.
start_reference() {
    tail -f /dev/null --pid=$$ 3>&- | "$PROGRAMS/reference" >"$D/reference.$1" 2>"$D/reference.err" 3>&- &
    own $!
    wait_for grep -q '^port' "$D/reference.$1" || fail "the Go program does not listen: $(tail -n 1 "$D/reference.err")"
}
of_reference() {
    sed -n "s/^$2 //p" "$D/reference.$1"
}

# Go takes one CPU profile at a time: so there are some of it, each with a part of the rows.
case_requests_go() {
    local i parts=4 pids=() pid
    [ -x "$PROGRAMS/reference" ] || skip "Go is not installed"
    note "$(go version)"
    for ((i = 1; i <= parts; i++)); do
        start_reference "$i"
    done
    for ((i = 1; i <= parts; i++)); do
        read -r pc name <<<"$(of_reference "$i" pc)"
        pid=$(of_reference "$i" pid)
        "$PYTHON" "$HERE/client/table.py" --part "$i/$parts" "$HERE/requests" go \
            "http://127.0.0.1:$(of_reference "$i" port)" "$pid" "$pc" "$name" >"$D/rows.$i" 2>&1 &
        pids+=($!)
    done
    client table "$HERE/requests" go-timeout "http://127.0.0.1:$(of_reference 1 write-timeout)" "$(of_reference 1 pid)"
    wait "${pids[@]}"
    rows_pass "$D"/rows.*
}

# rows_pass FILE...: outputs of client/table.py.
rows_pass() {
    awk '/^rows [0-9]+, failed [0-9]+$/ { rows += $2; failed += $4; files++; next } { print }
        END { print "rows " rows + 0 ", failed " failed + 0; exit failed || files != ARGC - 1 }' "$@" >"$D/rows"
    local status=$?
    sed 's/^/# /' "$D/rows" >&3
    [ "$status" = 0 ] || fail "$(grep -v '^rows' "$D/rows" | head -n 1); $(tail -n 1 "$D/rows")"
}
table() {
    "$PYTHON" "$HERE/client/table.py" "$HERE/requests" "$@" >"$D/rows.$1" 2>&1
    rows_pass "$D/rows.$1"
}

case_requests_pid() {
    start_worker
    work_all
    serve --pid "$WORKER"
    table cpprof "$BASE" "$WORKER" "$PC" "$NAME"
}

case_requests_targets() {
    start_worker
    work_all
    serve
    if [ -z "$LONG" ]; then set -- --at-once; fi
    table cpprof "$BASE/targets/$WORKER" "$WORKER" "$PC" "$NAME" "$@"
    table server "$BASE" "$WORKER"
}

# The server that a process has of its own, by CPROF_HTTP; it ends with it.
case_requests_own() {
    local port
    port=$(free_port)
    BASE=http://127.0.0.1:$port
    start_worker CPROF_HTTP="127.0.0.1:$port"
    wait_for listening "$port" || fail "there is no server at $port: $(cat "$D/worker.err")"
    work_all
    table cpprof "$BASE" "$WORKER" "$PC" "$NAME" --at-once
    grep -v "http://127.0.0.1:$port" "$D/worker.err" && fail "it says: $(cat "$D/worker.err")"
    kill -KILL "$WORKER"
    wait_for no_cpprof_left || fail "its server is left"
}
