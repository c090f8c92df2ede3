# What other profilers say of the same programs, where they are installed: rows of the table, no verdicts.
timed_truths+=(${LONG:+peers_cpu peers_heap})

# peer_missing NAME COMMAND_OR_LIBRARY: says so, and succeeds, if it is not there.
peer_missing() {
    command -v "$2" >/dev/null || ldconfig -p | grep -q "^[[:space:]]*$2 " && return 1
    echo "# $1 is not installed: not shown beside"
}

# readable PROGRAM FILE: a profile of another format, as `totals` reads it, to stdout.
readable() {
    go tool pprof -symbolize=local -proto -output="$work/readable.pb.gz" "$1" "$2" >/dev/null 2>&1 &&
        "$BIN/totals" "$work/readable.pb.gz"
}

# What is in use by a heap profile of jemalloc's, which Go's reader does not know: each stack's sum is
# unsampled as its own jeprof does it. The greatest of several dumps.
jemalloc_in_use() {
    local f
    for f in "$@"; do
        awk -v rate=65536 '/^@/ { stack = 1 } /^ +t\*:/ && stack { n = $2 + 0; b = $3 + 0; stack = 0
            if (n) s += b / (1 - exp(-b / n / rate)) } END { printf "%.0f\n", s }' "$f"
    done | sort -rn | head -n 1
}

# shares LEFT RIGHT, in any unit.
peer_equal() {
    peer "  $1: two threads of the same CPU time" 1 "$(awk "BEGIN { printf \"%.4f\", $2 / ($3 + 1e-9) }")"
}
peer_total() {
    peer "  $1: CPU of 4 times 16 threads of 200-400 ms, of getrusage" "$(awk "BEGIN { printf \"%.4f s\", $2 / 1e9 }")" \
        "$(awk "BEGIN { printf \"%.4f s (%+.2f %%)\", $3 / 1e9, 100 * ($3 / $2 - 1) }")"
}

truth_peers_cpu() {
    local truth rate
    if ! peer_missing "gperftools' CPU profiler" libprofiler.so.0; then
        for rate in 100 1000; do
            CPUPROFILE=$work/cpu CPUPROFILE_FREQUENCY=$rate LD_PRELOAD=libprofiler.so.0 "$BIN/cpu_equal" 4000 2>/dev/null
            readable "$BIN/cpu_equal" "$work/cpu" >"$work/totals"
            peer_equal "gperftools, $rate Hz" "$(field "any left" 4 "$work/totals")" "$(field "any right" 4 "$work/totals")"
            CPUPROFILE=$work/cpu CPUPROFILE_FREQUENCY=$rate LD_PRELOAD=libprofiler.so.0 \
                "$BIN/cpu_threads" 4 16 200 400 >"$work/truth" 2>/dev/null
            truth=$(field cpu_ns 2 "$work/truth")
            readable "$BIN/cpu_threads" "$work/cpu" >"$work/totals"
            peer_total "gperftools, $rate Hz" "$truth" "$(field total 3 "$work/totals")"
        done
    fi
    if ! peer_missing "perf" perf; then
        perf record -q -e cpu-clock -F 1000 -o "$work/perf" "$BIN/cpu_equal" 4000 2>/dev/null
        perf script -i "$work/perf" -F tid,period 2>/dev/null |
            awk '{ s[$1] += $2 } END { for (t in s) printf "%.0f\n", s[t] }' | sort -rn | head -n 2 >"$work/tids"
        # shellcheck disable=SC2046 # two numbers
        [ "$(wc -l <"$work/tids")" != 2 ] || peer_equal "perf record, cpu-clock, 1000 Hz" $(cat "$work/tids")
        perf record -q -e cpu-clock -F 1000 -o "$work/perf" "$BIN/cpu_threads" 4 16 200 400 2>/dev/null >"$work/truth"
        truth=$(field cpu_ns 2 "$work/truth")
        peer_total "perf record, cpu-clock, 1000 Hz" "$truth" \
            "$(perf script -i "$work/perf" -F period 2>/dev/null | awk '{ s += $1 } END { printf "%.0f", s }')"
    fi
}

# known_beside VARIABLES... : runs heap_known with these, asks it by SIGUSR2 when all is live, ends it.
known_beside() {
    local line pid
    : >"$work/truth"
    coproc KNOWN { exec env "$@" "$BIN/heap_known" 64 2>/dev/null; }
    pid=$KNOWN_PID
    while read -r line <&"${KNOWN[0]}" && [ "$line" != live ]; do
        echo "$line" >>"$work/truth"
    done
    [ -z "$ASKED" ] || { kill -USR2 "$pid"; wait_for test -s "$ASKED"; sleep 0.5; }
    echo >&"${KNOWN[1]}"
    read -r line <&"${KNOWN[0]}" && echo >&"${KNOWN[1]}"
    wait "$pid" 2>/dev/null
}

peer_heap() {
    local truth
    truth=$(awk '$1 == "truth" { s += $NF } END { printf "%.0f", s }' "$work/truth")
    peer "  $1: 1 GiB live, in use" "$truth B" "$(awk "BEGIN { printf \"%.0f B (%+.2f %%)\", $2, 100 * ($2 / $truth - 1) }")"
}

truth_peers_heap() {
    if ! peer_missing "gperftools' heap profiler" libtcmalloc.so.4; then
        ASKED=$work/gperf.0001.heap known_beside HEAPPROFILE="$work/gperf" HEAPPROFILESIGNAL=12 \
            HEAP_PROFILE_ALLOCATION_INTERVAL=0 HEAP_PROFILE_INUSE_INTERVAL=0 LD_PRELOAD=libtcmalloc.so.4
        readable "$BIN/heap_known" "$work/gperf.0001.heap" >"$work/totals"
        peer_heap "gperftools, each allocation" "$(awk '$1 == "type" { at[$3] = $2 } $1 == "any" && $2 ~ /^site_/ { s += $(at["inuse_space/bytes"] + 3) } END { printf "%.0f", s }' "$work/totals")"
    fi
    if ! peer_missing jemalloc libjemalloc.so.2; then
        if MALLOC_CONF=prof:true LD_PRELOAD=libjemalloc.so.2 /bin/true 2>&1 | grep -q Invalid; then
            echo "# jemalloc is installed without its profiler: not shown beside"
        else
            ASKED='' known_beside MALLOC_CONF="prof:true,lg_prof_sample:16,lg_prof_interval:24,prof_prefix:$work/je" LD_PRELOAD=libjemalloc.so.2
            peer_heap "jemalloc, 64 KiB, the greatest dump" "$(jemalloc_in_use "$work"/je.*.heap)"
        fi
    fi
    if ! peer_missing heaptrack heaptrack; then
        ASKED='' HEAPTRACK=1 known_beside heaptrack -o "$work/heaptrack" >/dev/null
        peer_heap "heaptrack, each allocation, at the peak" "$(heaptrack_print -f "$work"/heaptrack.* 2>/dev/null |
            awk '/^peak heap memory consumption/ { n = $NF; u = substr(n, length(n)); n += 0
                 printf "%.0f", n * (u == "G" ? 1e9 : u == "M" ? 1e6 : u == "K" ? 1e3 : 1) }')"
    fi
}
