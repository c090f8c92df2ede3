# node: code that is made at run time, a garbage collector with threads, 90 MB of executable; USR2
# belongs to the script.

node_session() {
    start "$1" node "$HERE/programs/work.js" "$(more 6)"
    sleep 3
    kill -USR2 "$PID"
    [ "$1" = without ] || CPROF_RUN_DIR=$D/run ask_cpprof "$PID"
    finish "$1"
}

case_node() {
    local cpu
    need node
    node_session without
    grep -q '"signals":1' "$D/without.out" || fail "work.js fails by itself: $(tail -n 1 "$D/without.err")"
    node_session with
    alike
    # JavaScript has names only with --perf-basic-prof.
    local ODD_COMMENTS='[0-9]+ addresses in no file, not symbolized'
    good_dump "$PID" 1
    good_dump "$PID" 2
    cpu=$(profile "$PID" 2 cpu)
    among_top "$cpu" 50 'node::Start(\(.*)?' uv_run
    among_top "$cpu" 2 'v8::internal::.*' bn_mul_mont
    TYPE=1 among_top "$(profile "$PID" 2 allocs)" 5 'node::Start(\(.*)?'
    diffs "$(profile "$PID" 1 heap)" "$(profile "$PID" 2 heap)"
    rooted
    tidy
}

# With --perf-basic-prof node writes /tmp/perf-PID.map: JavaScript gets its names.
case_node_names() {
    need node
    start with node --perf-basic-prof "$HERE/programs/work.js" "$(more 4)"
    sleep 2
    CPROF_RUN_DIR=$D/run ask_cpprof "$PID"
    finish with
    wait_for symbolized "$(profile "$PID" 2 cpu)" || fail "no names in the profile at exit"
    rm -f "/tmp/perf-$PID.map"
    [ "$(cat "$D/with.status")" = 5 ] || fail "status $(cat "$D/with.status"): $(tail -n 1 "$D/with.err")"
    opens "$(profile "$PID" 1 cpu)"
    among_top "$(profile "$PID" 1 cpu)" 5 '.*fibonacci.*' '.*makeGarbage.*'
    among_top "$(profile "$PID" 2 cpu)" 5 '.*fibonacci.*' '.*makeGarbage.*'
}
