# Dumps, by how many stacks there are.
sections+=(bench_dump)

# dump_many STACKS: what it prints, of one process.
dump_many() {
    rm -f "$work"/out/*
    CPROF_HEAP_RATE=1 CPROF_CPU_RATE=0 CPROF_MAX_MEMORY=1G LD_PRELOAD=$AGENT \
        bash -c 'exec "$0" "$2" "$1/dump_many.$$.1.allocs.pb.gz"' "$BIN/dump_many" "$work/out" "$1"
}

# dump_figure FILE KEY DIVISOR UNIT BOUND WHAT
dump_figure() {
    local median
    read -r median _ < <(awk -v k="$2" -v by="$3" '$1 == k { print $2 / by }' "$1" | quartiles)
    figure_line "$6" "$median" "$4" "$5"
}

bench_dump() {
    local i stacks
    wanted dump || return
    for stacks in 1000 10000 100000 1000000; do
        : >"$work/dump"
        for ((i = 0; i < (stacks > 100000 ? 1 : 5); i++)); do
            dump_many $stacks >>"$work/dump"
        done
        dump_figure "$work/dump" dump_ns 1e6 ms "$([ $stacks = 100000 ] && echo "<= 1000" || echo -)" \
            "dump of $stacks stacks: time for heap and allocs"
        dump_figure "$work/dump" held_ns 1e6 ms - "dump of $stacks stacks: a busy thread held up (or descheduled)"
        dump_figure "$work/dump" memory_bytes 1048576 MiB "$([ $stacks = 100000 ] && echo "<= 64" || echo -)" \
            "dump of $stacks stacks: memory meanwhile"
    done
}
