# Very many: children, threads, stacks, events.

# Children wait for their parent, so each has an arena of its own: that is the worst.
case_fork_bomb() {
    local n alive kb
    n=$(more 400 10000) alive=$(more 200 10000)
    SETTINGS=(CPROF_HEAP_RATE=512k CPROF_CPU_RATE=100 CPROF_AT_EXIT=0)
    same children "$n" "$alive"
    wait_for none_marked || fail "something of it is left: $(marked | head -n 3)"
    no_arenas || fail "$(find "$D/run" -type f | wc -l) arenas are left"
    # And where all of them have something to write.
    SETTINGS=(CPROF_DUMP=heap)
    n=$(more 100 2000)
    same children "$n" 50
    wait_for none_marked || fail "something of it is left: $(marked | head -n 3)"
    no_arenas || fail "$(find "$D/run" -type f | wc -l) arenas are left"
    valid_files
    [ "$(n_files)" -ge "$n" ] || fail "$(n_files) files of $n children"
    note "$alive alive at once, then $(n_files) files of $n"
}

case_many_threads() {
    local n k
    for n in $(more 2000 "10000 17000"); do
        rm -rf "$D/out" "$D/in"
        mkfifo "$D/in"
        agent_env
        (cd "$D" && exec "${ENV[@]}" "$PROGRAMS/crowd" "$n") <"$D/in" >"$D/agent.out" 2>"$D/agent.err" 3>&- &
        PID=$!
        exec 7>"$D/in"
        wait_for says_ready || fail "$n threads do not start: $(tail -n 1 "$D/agent.out")"
        SEEN=0
        kill -USR2 "$PID"
        wait_for more_heaps || fail "no dump with $n threads"
        wait_for at_most_marked 1
        totals heap
        [ "$(field "any site_block" 5)" = $((3 * n)) ] || fail "$(field "any site_block" 5) blocks in use, not $((3 * n))"
        totals threads
        k=$(field total 2)
        within "threads listed" "$k" $((n + 1)) $((n + 1))
        echo >&7
        exec 7>&-
        wait "$PID" || fail "it ended with $?: $(tail -n 1 "$D/agent.out")"
        grep -qx "blocks $((3 * n))" "$D/agent.out" || fail "it says $(tail -n 1 "$D/agent.out")"
        [ ! -s "$D/agent.err" ] || fail "it says: $(head -n 1 "$D/agent.err")"
        valid_files
        totals heap
        [ "$(field "any site_block" 3)" = $((3 * n)) ] || fail "$(field "any site_block" 3) blocks, not $((3 * n))"
        [ "$(field "any site_block" 5)" = 0 ] || fail "$(field "any site_block" 5) blocks are still in use"
        totals threadcreate
        [ "$(field "any site_create" 3)" = "$n" ] || fail "$(field "any site_create" 3) threads made, not $n"
        no_arenas || fail "its arena is left"
        note "$n threads"
    done
}

# The limit of memory is reached: what comes then stands under one name, the totals are exact all the same,
# but for blocks that no table had room for, and no more memory is taken.
case_table_full() {
    local n limit rss before
    n=$(more 200000 10000000) limit=$(more 8 64)
    SETTINGS=(CPROF_CPU_RATE=0 CPROF_MAX_MEMORY="${limit}m" CPROF_DUMP=heap)
    mkfifo "$D/in"
    agent_env
    (cd "$D" && exec "$PROGRAMS/many_stacks" "$n") <"$D/in" >"$D/plain.out" 2>&1 3>&- &
    PID=$!
    exec 7>"$D/in"
    wait_for grep -qx ready "$D/plain.out"
    before=$(resident_kb "$PID")
    exec 7>&-
    wait "$PID"
    (cd "$D" && exec "${ENV[@]}" "$PROGRAMS/many_stacks" "$n") <"$D/in" >"$D/agent.out" 2>"$D/agent.err" 3>&- &
    PID=$!
    exec 7>"$D/in"
    until says_ready; do
        gone "$PID" && fail "it ended: $(tail -n 1 "$D/agent.err")"
        sleep 0.2
    done
    rss=$(($(resident_kb "$PID") - before))
    [ "$rss" -le $((limit * 1024 + 8192)) ] || fail "it takes $rss kB more than without, where the limit is $limit MB"
    exec 7>&-
    wait "$PID" || fail "it ended with $?"
    [ "$(cat "$D/agent.out")" = "$(cat "$D/plain.out")" ] || fail "it says $(head -n 1 "$D/agent.out")"
    [ ! -s "$D/agent.err" ] || fail "it says: $(head -n 1 "$D/agent.err")"
    wait_for none_marked || fail "something of it is left: $(marked)" # the dump may outlive it
    valid_files
    totals heap
    [ "$(field "leaf [cpprof:_table_full]" 3)" -gt 0 ] || fail "the table was not full: $(head -n 3 "$D/totals" | tr '\n' ' ')"
    within "allocations" "$(($(field "any site_leaf" 3) + $(field "leaf [cpprof:_table_full]" 3)))" "$n" $((n + 50))
    grep -q 'comment.*CPROF_MAX_MEMORY' "$D/totals" || fail "no comment says so"
    note "$n stacks, $(field stacks 2) kept, $rss kB more than without the agent, limit $limit MB"
}

# Wherever the end of the room falls, in a stack, a count, an index: nothing is lost from the totals.
case_table_full_at_any_size() {
    local kib first step n=60000
    first=$((4096 + RANDOM % 40)) step=$(more 1200 23)
    for ((kib = first; kib < 9000; kib += step)); do
        rm -f "$D"/out/*
        SETTINGS=(CPROF_CPU_RATE=0 CPROF_MAX_MEMORY="${kib}k" CPROF_DUMP=heap)
        agent many_stacks $n || fail "$kib KiB: it ended with $?"
        totals heap
        within "$kib KiB: allocations" "$(field total 2)" $n $((n + 50))
        [ "$(field "leaf [cpprof:_table_full]" 3)" -gt 0 ] || fail "$kib KiB: the table was not full"
    done
}

# A day's events: memory stays flat, totals are exact.
case_soak() {
    local mallocs=2000000 locks=20000 threads=2000 seconds=20 start=$SECONDS done
    [ -z "$LONG" ] || mallocs=50000000 locks=500000 threads=50000 seconds=600
    [ -z "$SOAK" ] || mallocs=1000000000 locks=10000000 threads=1000000 seconds=${SOAK_SECONDS:-3000}
    SETTINGS=(CPROF_CPU_RATE=100 CPROF_DUMP=heap,mutex,threadcreate,block)
    agent soak $mallocs $locks $threads "$seconds" || fail "it ended with $?: $(tail -n 1 "$D/agent.out")"
    [ ! -s "$D/agent.err" ] || fail "it says: $(head -n 1 "$D/agent.err")"
    done=$(tail -n 1 "$D/agent.out")
    note "$done in $((SECONDS - start)) s, resident kB by tenths: $(awk '$1 == "tenth" { printf "%s ", $4 }' "$D/agent.out")"
    read -r _ mallocs _ locks _ threads <<<"$done"
    awk '$1 == "tenth" && $2 == 3 { at = $4 } $1 == "tenth" && $2 == 10 { exit !($4 > at + 1024) }' "$D/agent.out" &&
        fail "memory grows"
    valid_files
    totals heap
    [ "$(field "any site_malloc" 3)" = "$mallocs" ] || fail "$(field "any site_malloc" 3) mallocs, not $mallocs"
    [ "$(field "any site_malloc" 5)" = 0 ] || fail "$(field "any site_malloc" 5) blocks are still in use"
    totals mutex
    [ "$(field "any site_lock" 3)" = "$locks" ] || fail "$(field "any site_lock" 3) contentions, not $locks"
    totals threadcreate
    [ "$(field "any site_create" 3)" = "$threads" ] || fail "$(field "any site_create" 3) threads, not $threads"
}
