# kill -9 at random moments: `cpprof recover` writes everything that had been sampled.
truths+=(kill_recover)

# steps FILE: sums of what the threads of kill_me counted: alloc_begun alloc_done free_begun free_done.
steps() {
    od -An -v -w32 -t u8 "$1" | awk '{ for (i = 1; i <= 4; i++) s[i] += $i } END { printf "%.0f %.0f %.0f %.0f\n", s[1], s[2], s[3], s[4] }'
}

# Every allocation is sampled: so the profile must have each that was done, and none that was not begun.
complete() {
    local alloc_begun alloc_done free_begun free_done got inuse
    read -r alloc_begun alloc_done free_begun free_done < <(steps "$work/steps")
    "$BIN/totals" "$(profile_of "$1" 1 heap)" >"$work/totals" || return 1
    got=$(field "any site_kept" 3 "$work/totals")
    inuse=$(field "any site_kept" 5 "$work/totals")
    total=$((total + got))
    if ((got < alloc_done || got > alloc_begun || inuse < alloc_done - free_begun || inuse > alloc_begun - free_done)); then
        echo "# round $round: $got allocated and $inuse in use, of $alloc_done..$alloc_begun" \
            "and $((alloc_done - free_begun))..$((alloc_begun - free_done))"
        return 1
    fi
    "$BIN/totals" "$(profile_of "$1" 1 cpu)" >"$work/totals"
}

# One round: runs for MS milliseconds, kills, recovers.
kill_round() {
    fresh
    rm -f "$work/steps"
    CPROF_CPU_RATE=1000 CPROF_HEAP_RATE=1 LD_PRELOAD=$AGENT "$BIN/kill_me" "$work/steps" &
    local pid=$!
    sleep "$(printf '0.%03d' "$1")"
    kill -9 $pid
    wait $pid 2>/dev/null
    "$CPPROF" recover "${recover_options[@]}" >"$work/recovered" 2>&1 ||
        { why="recover: $(tail -n 1 "$work/recovered")"; return 1; }
    if [ -n "$(ls -A "$work/run")" ]; then
        why="left in the run directory: $(ls -A "$work/run")"
        return 1
    fi
    [ -s "$work/steps" ] && [ "$(steps "$work/steps" | cut -d' ' -f2)" -gt 0 ] || return 0 # it had not begun
    why="a profile that is missing, malformed or not complete"
    complete $pid
}

truth_kill_recover() {
    local rounds=${LONG:+100} round bad=0 total=0 why
    rounds=${rounds:-20}
    recover_options=(--no-symbolize)
    for ((round = 1; round <= rounds; round++)); do
        kill_round $((RANDOM % 200 + 5)) || { bad=$((bad + 1)); echo "# kill_recover, round $round: $why"; }
    done
    echo "# kill_recover: $rounds processes killed, $total allocations recovered"
    claim "killed by kill -9: recovered to the last sample" "$rounds" "$((rounds - bad))" "every time"
    if [ $bad -gt 0 ]; then
        fail kill_recover "$bad of $rounds rounds"
    else
        pass kill_recover
    fi
}
