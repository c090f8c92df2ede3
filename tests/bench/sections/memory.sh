# Resident memory.
sections+=(bench_memory)

# extra THREADS: bytes that the agent adds to a process at rest.
extra() {
    local with without
    with=$(CPROF_CPU_RATE=1000 LD_PRELOAD=$AGENT "$BIN/rest" "$1")
    without=$("$BIN/rest" "$1")
    echo $((with - without))
}

# extra_by_stacks STACKS: what is resident more with so many stacks recorded.
extra_by_stacks() {
    local with without
    with=$(CPROF_HEAP_RATE=1 CPROF_CPU_RATE=0 CPROF_MAX_MEMORY=1G LD_PRELOAD=$AGENT "$BIN/dump_many" "$1")
    without=$("$BIN/dump_many" "$1")
    echo $((with - without))
}

bench_memory() {
    local alone threads stacks
    wanted memory || return
    alone=$(extra 0)
    figure_line "memory at rest, of a process" "$(awk "BEGIN { print $alone / 1024 }")" KiB "<= 4096"
    for threads in 100 500 1000; do
        figure_line "memory at rest, of each of $threads threads" \
            "$(awk "BEGIN { print ($(extra $threads) - $alone) / $threads / 1024 }")" KiB "<= 8"
    done
    for stacks in 1000 100000 1000000; do
        figure_line "memory of $stacks stacks of 24 frames" "$(awk "BEGIN { print $(extra_by_stacks $stacks) / 1048576 }")" MiB -
    done
}
