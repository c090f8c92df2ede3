# After a crash: `cpprof recover` gives what was recorded, complete to the last sample, every time. What
# there was to record a program counts itself, in a page that outlives it.

# steps: sums over the threads of `mortal`: begun and done of allocations, frees, sleeps, threads made.
steps() {
    od -An -v -w64 -t u8 "$D/steps" | awk '{ for (i = 1; i <= 8; i++) s[i] += $i }
        END { for (i = 1; i <= 8; i++) printf "%.0f ", s[i]; print "" }'
}

# complete: what was recovered of PID has each event that was done, and none that was not begun.
complete() {
    local alloc_begun alloc_done free_begun free_done sleep_begun sleep_done create_begun create_done
    read -r alloc_begun alloc_done free_begun free_done sleep_begun sleep_done create_begun create_done < <(steps)
    totals heap
    within "allocations recovered" "$(field "any site_kept" 3)" "$alloc_done" "$alloc_begun"
    within "blocks in use" "$(field "any site_kept" 5)" $((alloc_done - free_begun)) $((alloc_begun - free_done))
    totals block
    within "sleeps recovered" "$(field "any site_sleep" 3)" "$sleep_done" "$sleep_begun"
    totals threadcreate
    within "threads recovered" "$(field "any site_create" 3)" "$create_done" "$create_begun"
    RECOVERED=$((RECOVERED + alloc_done))
}

# recovered_once: nothing is left but whole profiles, and they have it all.
recovered_once() {
    recover "${RECOVER[@]}" || fail "recover: $(tail -n 1 "$D/recover.err")"
    no_arenas || fail "left in the run directory: $(ls -A "$D/run")"
    none_temporary || fail "left of files half written: $(find "$D/out" -name '.*.tmp')"
    valid_files
    [ -s "$D/steps" ] && [ "$(steps | cut -d ' ' -f 2)" -gt 0 ] || return 0 # it had not begun
    complete
}

# crash ROUNDS WAY: that often; MORTAL_ENDS ends it, or waits until it ends itself.
crash() {
    local round ms
    RECOVERED=0 RECOVER=(--no-symbolize)
    for ((round = 1; round <= $1; round++)); do
        rm -rf "$D/out" "$D/steps"
        mkdir "$D/out"
        ms=$((RANDOM % 150 + 10))
        begin mortal "$D/steps" "$2" $ms
        "$MORTAL_ENDS" $ms
        wait "$PID" 2>/dev/null
        ENDED=$?
        [ "$ENDED" -gt 128 ] || fail "round $round: it ended with $ENDED: $(tail -n 1 "$D/agent.out")"
        recovered_once
    done
    note "$1 rounds, $RECOVERED allocations recovered"
}
by_itself() {
    :
}
by_kill() {
    pause_ms "$1"
    kill -KILL "$PID"
}
case_crash_segv() { MORTAL_ENDS=by_itself crash "$(more 5 100)" segv; }
case_crash_abort() { MORTAL_ENDS=by_itself crash "$(more 5 100)" abort; }
case_crash_stack_overflow() { MORTAL_ENDS=by_itself crash "$(more 3 30)" overflow; }
case_crash_kill() { MORTAL_ENDS=by_kill crash "$(more 5 100)" wait; }

# The OOM killer. A memory cgroup is a matter of the machine's, and where the memory controller is not one
# of version 2 that is ours to use, this stands in: a process that takes memory all the time gets SIGKILL,
# and its memory is reaped from outside while it dies, by process_mrelease: the kernel's OOM killer does
# the same two things.
by_oom() {
    pause_ms "$1"
    "$PROGRAMS/oom_kill" "$PID" || fail "cannot be killed so"
}
oom_cgroup() {
    local own
    own=/sys/fs/cgroup$(sed -n 's/^0:://p' /proc/self/cgroup)
    grep -qw memory "$own/cgroup.subtree_control" 2>/dev/null && [ -w "$own" ] && echo "$own/cpprof-faults-$$"
}
by_cgroup() {
    echo "$PID" >"$CGROUP/cgroup.procs" && echo $((48 << 20)) >"$CGROUP/memory.max" || fail "no limit can be set"
}
case_crash_oom() {
    local CGROUP
    CGROUP=$(oom_cgroup)
    if [ -n "$CGROUP" ] && mkdir "$CGROUP" 2>/dev/null; then
        echo 0 >"$CGROUP/memory.swap.max"
        MORTAL_ENDS=by_cgroup crash "$(more 3 30)" grow
        rmdir "$CGROUP"
    else
        note "no memory cgroup of version 2 here: SIGKILL and process_mrelease stand in"
        MORTAL_ENDS=by_oom crash "$(more 3 100)" grow
    fi
}

# ---- while files are being written

# asks_for_dumps MS: sends the dump signal now and then, for so long.
asks_for_dumps() {
    local until
    wait_for says_ready || fail "it does not start: $(tail -n 1 "$D/agent.out")"
    until=$((${EPOCHREALTIME/./} + $1 * 1000))
    while [ "${EPOCHREALTIME/./}" -lt "$until" ]; do
        kill -USR2 "$PID" 2>/dev/null
        pause_ms $((RANDOM % 20 + 1))
    done
}

# The program is killed in a loop of dumps; its dumper, which is another process, may go on.
case_dump_loop_killed() {
    local round rounds
    rounds=$(more 5 100)
    RECOVERED=0 RECOVER=(--no-symbolize) FILES=0
    for ((round = 1; round <= rounds; round++)); do
        rm -rf "$D/out" "$D/steps"
        mkdir "$D/out"
        SETTINGS=(CPROF_SYMBOLIZE=$((round % 2)))
        begin mortal "$D/steps" wait 0
        asks_for_dumps $((RANDOM % 300))
        kill -KILL "$PID"
        wait "$PID" 2>/dev/null
        wait_for none_marked || fail "its dumper does not end"
        valid_files
        FILES=$((FILES + $(n_files)))
        recovered_once
    done
    note "$rounds rounds, $FILES files before the end"
}

# A power cut, as far as processes are concerned: program, dumpers, symbolizers and server are stopped
# together, and none runs again.
case_everything_killed() {
    local round rounds
    rounds=$(more 6 100)
    RECOVERED=0 RECOVER=() FILES=0
    for ((round = 1; round <= rounds; round++)); do
        rm -rf "$D/out" "$D/steps"
        mkdir "$D/out"
        SETTINGS=(CPROF_SYMBOLIZE=1)
        begin mortal "$D/steps" wait 0
        (cd "$D" && CPROF_RUN_DIR="$D/run" exec "$CPPROF" serve --dir "$D/out" --listen "unix:$D/socket") \
            >"$D/serve.out" 2>"$D/serve.err" 3>&- &
        asks_for_dumps $((RANDOM % 400))
        [ $((round % 2)) = 0 ] || kill -KILL "$PID" # so that the server is about to write it out
        pause_ms $((RANDOM % 60))
        [ $((round % 3)) != 0 ] || { recover --no-symbolize & }
        end_marked
        wait 2>/dev/null
        wait_for none_marked || fail "something has survived: $(marked)"
        valid_files
        FILES=$((FILES + $(n_files)))
        rm -f "$D/socket"
        killed_and_recovered
    done
    note "$rounds rounds, $FILES files before the end"
}
# Somebody may have written it out, and been killed before he could remove the arena, or after.
killed_and_recovered() {
    recover || fail "recover: $(tail -n 1 "$D/recover.err")"
    no_arenas || fail "left in the run directory: $(ls -A "$D/run")"
    none_temporary || fail "left of files half written: $(find "$D/out" -name '.*.tmp')"
    valid_files
    [ -s "$D/steps" ] && [ "$(steps | cut -d ' ' -f 2)" -gt 0 ] || return 0
    complete
}

# The one that recovers is killed: whoever does it next has all of it still.
case_recover_killed() {
    local round rounds tries=0
    rounds=$(more 3 60)
    RECOVERED=0 RECOVER=()
    for ((round = 1; round <= rounds; round++)); do
        rm -rf "$D/out" "$D/steps"
        mkdir "$D/out"
        begin mortal "$D/steps" wait 0
        pause_ms $((RANDOM % 100 + 50))
        kill -KILL "$PID"
        wait "$PID" 2>/dev/null
        for ((i = 0; i < 4; i++)); do
            recover &
            pause_ms $((RANDOM % 80))
            end_marked
            wait 2>/dev/null
            valid_files
            no_arenas && break
            tries=$((tries + 1))
        done
        killed_and_recovered
    done
    note "$rounds arenas, $tries times killed at it"
}
