# CPU time. All programs use amounts of CPU time, so a busy machine changes little.
timed_truths+=(cpu_total cpu_equal)

# cpu_total_at RATE WAVES THREADS MIN_MS MAX_MS
# The profile must be within 1 % of getrusage. On a busy machine the kernel may take that much to make
# and end threads, where nobody can look; so it may also be below, if not more than 1 % below what the
# threads say themselves. A thread's last tick comes up to one period early or late, so N threads are
# known to sqrt(N/6) periods only; the numbers of threads below make that a fifth of the bound or less.
#
# The agent knows a thread's total from its clock, ticks or none; that ticks are not lost is seen in
# how much was sampled in the function that used it.
cpu_total_at() {
    local name="cpu_total at $1 Hz, $2 waves of $3 threads" truth threads got sampled sampler=rooted n=3
    fresh
    CPROF_CPU_RATE=$1 agent "$BIN/cpu_threads" "${@:2}" >"$work/truth" &&
        "$BIN/totals" "$work"/out/*.cpu.pb.gz >"$work/totals" || { fail "$name" "no profile"; return; }
    truth=$(field cpu_ns 2 "$work/truth") threads=$(field threads_ns 2 "$work/truth")
    got=$(field total 3 "$work/totals")
    [ "$2" != 0 ] || sampler="any alone" n=4
    sampled=$(field "$sampler" $n "$work/totals")
    echo "# $name: $got ns of $truth ns, $(awk "BEGIN { printf \"%+.2f %% (%+.2f %% of what threads say), %.1f %% sampled\",
        100 * ($got / $truth - 1), 100 * ($got / $threads - 1), 100 * $sampled / $truth }")"
    claim "CPU of $([ "$2" = 0 ] && echo "one thread" || echo "$2 times $3 threads of $4-$5 ms") at $1 Hz, of getrusage" \
        "$(awk "BEGIN { printf \"%.4f s\", $truth / 1e9 }")" "$(awk "BEGIN { printf \"%.4f s (%+.2f %%)\", $got / 1e9, 100 * ($got / $truth - 1) }")" "within 1 %"
    if [ "$2" = 0 ] && holds "$sampled < 0.985 * $truth"; then
        fail "$name" "less than 98.5 % in the function that used all of it"
    elif holds "$threads > 0 && $got > 0.99 * $threads && $got < 1.01 * $truth"; then
        pass "$name"
    else
        fail "$name" "not within 1 %"
    fi
}

truth_cpu_total() {
    cpu_total_at 100 0 1 1 3000
    cpu_total_at 1000 0 1 1 3000
    if [ -n "$LONG" ]; then
        cpu_total_at 100 300 25 5 60
        cpu_total_at 250 100 25 5 60
        cpu_total_at 1000 40 25 5 60
    else
        cpu_total_at 100 4 16 200 400
        cpu_total_at 250 8 25 5 100
        cpu_total_at 1000 8 25 5 60
    fi
}

truth_cpu_equal() {
    local name="cpu_equal: two threads of the same CPU time" left right
    CPROF_CPU_RATE=1000 agent "$BIN/cpu_equal" 4000
    "$BIN/totals" "$work"/out/*.cpu.pb.gz >"$work/totals" || return
    left=$(field "any left" 4 "$work/totals")
    right=$(field "any right" 4 "$work/totals")
    echo "# $name: $left ns and $right ns"
    claim "two threads of the same CPU time, one by the other" 1 "$(awk "BEGIN { printf \"%.4f\", $left / $right }")" "within 2 %"
    if holds "$left > 3.94e9 && $left < 1.02 * $right && $right < 1.02 * $left"; then
        pass "$name"
    else
        fail "$name" "not within 2 % of each other, or of 4 s"
    fi
}
