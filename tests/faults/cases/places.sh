# Where files go, and what the time is: full, removed, set back.

more_heaps() {
    [ "$(n_files '*.heap.pb.gz')" -gt "$SEEN" ]
}
at_most_marked() {
    [ "$(marked | wc -l)" -le "$1" ]
}
# A dump that fails says so; it is over when its dumper is there no more.
ask_and_wait() {
    kill -USR2 "$PID"
    pause_ms 100
    wait_for at_most_marked 1 || fail "the dumper does not end: $(marked)"
}
# The next dump is whole.
ask_and_get() {
    SEEN=$(n_files '*.heap.pb.gz')
    kill -USR2 "$PID"
    wait_for more_heaps || fail "$1, nothing is written: $(tail -n 1 "$D/agent.err")"
}
# It ends well, and has said at most MESSAGES times that it cannot write.
ends_well() { # MESSAGES
    kill -TERM "$PID"
    wait "$PID" || fail "it ended with $?: $(tail -n 1 "$D/agent.out")"
    [ "$(tail -n 1 "$D/agent.out")" = "done, interrupted 0" ] || fail "it says $(tail -n 1 "$D/agent.out")"
    grep -v '^cpprof: cannot write profiles' "$D/agent.err" | grep -q . && fail "it says: $(head -n 1 "$D/agent.err")"
    [ "$(wc -l <"$D/agent.err")" -le "$1" ] || fail "it says $(wc -l <"$D/agent.err") times that it cannot write"
    wait_for none_marked || fail "something of it is left: $(marked)"
    none_temporary || fail "left: $(find "$D/out" -name '.*.tmp')"
    valid_files
}
begin_steady() {
    begin steady
    wait_for says_ready || fail "it does not start: $(tail -n 1 "$D/agent.err")"
}

# A directory that becomes full on the way through a dump: of so many bytes there is room for some of its
# files, and none of them may be half of one.
fill_and_free() { # KIB SYMBOLIZE; in a mount namespace of its own
    mount -t tmpfs -o size="$1k" none "$D/out" || fail "no tmpfs"
    SETTINGS=(CPROF_SYMBOLIZE="$2" CPROF_AT_EXIT=0) # children have no say
    begin_steady
    ask_and_wait
    valid_files
    none_temporary || fail "left with $1 KiB: $(find "$D/out" -name '.*.tmp')"
    n_files >"$D/first"
    mount -o remount,size=16m "$D/out"
    ask_and_get "with room again"
    ends_well 1
}
case_disk_fills() {
    local kib symbolize some=0
    need_mounts
    for kib in $(more "8 20" "$(seq 4 4 96 | tr '\n' ' ')"); do
        for symbolize in 0 1; do
            in_mounts fill_and_free "$kib" $symbolize
            some=$((some + $(cat "$D/first")))
        done
    done
    note "$some whole files where there was not room for all"
}

case_directory_removed() {
    local i
    SETTINGS=(CPROF_SYMBOLIZE=1)
    begin_steady
    ask_and_get "at first"
    rm -rf "$D/out"
    ask_and_get "with its directory gone" # it is made again
    for ((i = 0; i < $(more 10 200); i++)); do
        kill -USR2 "$PID"
        pause_ms $((RANDOM % 30))
        rm -rf "$D/out" 2>/dev/null
    done
    ask_and_get "after that"
    ends_well "$i"
}

case_run_directory_removed() {
    begin_steady
    rm -rf "$D/run"
    ask_and_get "with the run directory gone"
    ends_well 0
    totals heap
    [ "$(field total 2)" -gt 0 ] || fail "nothing was recorded"
}

# The same of the directory that it was started in, which is where files go by default.
case_working_directory_removed() {
    mkdir "$D/here"
    SETTINGS=(CPROF_DIR=.)
    agent_env
    (cd "$D/here" && exec "${ENV[@]}" "$PROGRAMS/steady") >"$D/agent.out" 2>"$D/agent.err" </dev/null 3>&- &
    PID=$!
    wait_for says_ready || fail "it does not start"
    rm -rf "$D/here"
    kill -USR2 "$PID"
    pause_ms 300
    ends_well 1
}

# ---- clocks. The machine's own clock is not touched: what the agent is told when it asks is.

durations() { # LEAST_S MOST_S: of all files
    local ns
    valid_files
    for ns in $(awk '$1 == "duration_ns" { print $2 }' "$D/facts"); do
        within "a duration, ns" "$ns" $(($1 * 1000000000)) $(($2 * 1000000000))
    done
}
case_clock_set_back() {
    plain steady once
    agent_env
    (cd "$D" && "$PROGRAMS/failing" "$D/report" clock-back 86400 "${ENV[@]}" "$PROGRAMS/steady" once) >"$D/agent.out" 2>"$D/agent.err" 3>&-
    as_without 0 $?
    grep -q 'failed clock_gettime' "$D/report" || fail "the clock was not set back: $(cat "$D/report")"
    [ "$(n_files)" -ge 12 ] || fail "$(n_files) files"
    durations 0 60
}
# The command, that looks at it, dumps, recovers and serves a window.
case_clock_set_back_outside() {
    begin_steady
    export LD_PRELOAD=$PROGRAMS/clock_back_library.so CPROF_RUN_DIR=$D/run
    "$CPPROF" dump --dir "$D/out" "$PID" >"$D/dump.out" 2>"$D/dump.err" || fail "dump: $(tail -n 1 "$D/dump.err")"
    "$CPPROF" ps >"$D/ps" 2>&1 || fail "ps: $(tail -n 1 "$D/ps")"
    "$CPPROF" serve --dir "$D/out" --listen "unix:$D/socket" >"$D/serve.out" 2>"$D/serve.err" 3>&- &
    unset LD_PRELOAD
    wait_for test -S "$D/socket" || fail "it does not serve: $(tail -n 1 "$D/serve.err")"
    curl -sf -m 20 --unix-socket "$D/socket" -o "$D/out/window.1.1.heap.pb.gz" \
        "http://localhost/targets/$PID/debug/pprof/heap?seconds=1" || fail "a window: curl's status $?"
    kill -KILL "$PID"
    wait "$PID" 2>/dev/null
    wait_for no_arenas || fail "it is not recovered: $(tail -n 1 "$D/serve.err")"
    durations 0 60
    "$PROGRAMS/check_profile" "$D/out/window.1.1.heap.pb.gz" >"$D/facts"
    within "the window's duration, ns" "$(awk '$1 == "duration_ns" { print $2 }' "$D/facts")" 1000000000 10000000000
}

# Clocks of a namespace of its own (a container that was moved): to others it lives all the same.
case_clock_of_a_namespace() {
    unshare --time --boottime 86400 --monotonic 86400 true 2>/dev/null || skip "needs root and time namespaces"
    agent_env
    (cd "$D" && exec unshare --time --boottime 86400 --monotonic 86400 "${ENV[@]}" "$PROGRAMS/steady") \
        >"$D/agent.out" 2>"$D/agent.err" </dev/null 3>&- &
    PID=$!
    wait_for says_ready || fail "it does not start"
    [ "$(readlink "/proc/$PID/ns/time")" != "$(readlink /proc/self/ns/time)" ] || skip "this kernel enters it with the next child only"
    CPROF_RUN_DIR=$D/run "$CPPROF" ps >"$D/ps" 2>&1
    grep "$PID" "$D/ps" | grep -qv dead || fail "it is not seen to live: $(tail -n 1 "$D/ps")"
    recover
    CPROF_RUN_DIR=$D/run "$CPPROF" dump --dir "$D/out" "$PID" >"$D/dump.out" 2>"$D/dump.err" ||
        fail "dump: $(tail -n 1 "$D/dump.err")"
    ends_well 0
    durations 0 60
}
