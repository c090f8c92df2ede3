# What moves under the agent's feet while it looks: threads that end, code that goes; and signals, all the
# time.

# look_on: asks for records of threads and for dumps until PID ends; counts both.
look_on() {
    local arena
    wait_for says_ready || fail "it does not start: $(tail -n 1 "$D/agent.err")"
    LOOKS=0
    while [ -d "/proc/$PID" ] && ! grep -qx done "$D/agent.out"; do
        arena=$(echo "$D/run/$PID".*[0-9])
        "$PROGRAMS/ask_threads" "$PID" "$arena" 5 >"$D/record" 2>&1 && LOOKS=$((LOOKS + 5))
        kill -USR2 "$PID" 2>/dev/null
    done
}
ended_well() {
    wait "$PID"
    STATUS=$?
    [ "$STATUS" = 0 ] || fail "it ended with $STATUS: $(tail -n 1 "$D/agent.out")"
    [ ! -s "$D/agent.err" ] || fail "it says: $(head -n 1 "$D/agent.err")"
    [ "$LOOKS" -gt 0 ] || fail "it was never looked at: $(tail -n 1 "$D/record")"
    wait_for none_marked || fail "something of it is left: $(marked)"
    valid_files
    no_arenas || fail "its arena is left"
    none_temporary || fail "a temporary file is left"
    note "$LOOKS looks, $(n_files '*.threads.pb.gz') dumps"
}

case_walked_threads_end() {
    SETTINGS=(CPROF_BLOCK_RATE=1)
    begin walked ends "$(more 1500 60000)"
    look_on
    ended_well
}

case_walked_library_goes() {
    local i
    for i in 1 2 3 4 5; do
        cp "$PROGRAMS/walked_library.so" "$D/library$i.so"
    done
    begin walked library "$(more 1500 60000)" "$D"/library?.so
    look_on
    ended_well
    totals heap
    [ "$(field "any walked_work" 3)" -gt 0 ] || fail "what was allocated in the library has no name"
}

case_signal_storm() {
    local limit
    limit=$(more 500 60000)
    SETTINGS=(CPROF_DUMP=cpu,block)
    same signal_storm "$limit"
    grep -q 'all seen, usr1 1' "$D/agent.out" || fail "$(cat "$D/agent.out")"
    wait_for none_marked || fail "something of it is left: $(marked)"
    valid_files
    note "$(n_files '*.cpu.pb.gz') dumps"
}
