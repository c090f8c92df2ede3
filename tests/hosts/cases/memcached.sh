# memcached: worker threads that wait in epoll; Debian's binary has no symbols at all.

memcached_load() {
    $PYTHON "$HERE/programs/load.py" memcached "$PORT" "$1" 8 2>"$D/load.err" || fail "load: $(tail -n 1 "$D/load.err")"
}

memcached_session() {
    PORT=$(free_port)
    start "$1" memcached -l 127.0.0.1 -p "$PORT" -U 0 -t 4 -u "$(id -un)"
    wait_for listening "$PORT" || fail "memcached does not listen: $(tail -n 1 "$D/$1.err")"
    memcached_load "$(more 10000)"
    if [ "$1" = with ]; then
        memcached_load "$(more 10000)" &
        local load=$!
        sleep 0.3
        ask_dump "$PID" 1
        wait $load || exit 1
    fi
    kill "$PID"
    finish "$1"
}

case_memcached() {
    local cpu
    need memcached
    memcached_session without
    memcached_session with
    alike
    good_dump "$PID" 1
    good_dump "$PID" 2
    cpu=$(profile "$PID" 2 cpu)
    among_top "$cpu" 90 '(__)?clone3?' start_thread
    among_top "$cpu" 15 '(__libc_|__)?sendmsg'
    among_top "$cpu" 2 event_base_loop
    among_top "$cpu" 0.3 epoll_wait # fewer of them where requests wait for a turn on a busy machine
    # The program itself has no symbols: in pprof it shows under the name of its file.
    opens "$cpu"
    grep -q '\[memcached\]$' "$D/top" || fail "does not show memcached's own part: $(grep -A 12 flat% "$D/top")"
    "$PROGRAMS/totals" "$cpu" | grep -q '^comment.*/memcached: no symbol for [0-9]* of' || fail "does not say that memcached has no symbols"
    TYPE=1 among_top "$(profile "$PID" 2 allocs)" 50 event_base_loop
    TYPE=3 among_top "$(profile "$PID" 2 heap)" 5 __libc_start_call_main
    TYPE=1 among_top "$(profile "$PID" 2 block)" 20 event_base_loop
    TYPE=1 labelled "$(profile "$PID" 2 block)" wait=poll 20
    TYPE=0 among_top "$(profile "$PID" 1 threads)" 30 event_base_loop
    diffs "$(profile "$PID" 1 heap)" "$(profile "$PID" 2 heap)"
    rooted
    tidy
}
