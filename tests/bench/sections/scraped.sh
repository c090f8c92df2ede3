# Scraped by `cpprof serve`: does the target notice?
sections+=(bench_serve)

# percentile_redis: the 99th percentile of a request's latency, us.
percentile_redis() {
    taskset -c 1 redis-benchmark -s "$work/with.sock" -n 400000 -c 8 -r 10000 -t get --csv 2>/dev/null |
        awk -F'"' 'NR == 1 { for (i = 2; i < NF; i += 2) if ($i == "p99_latency_ms") at = i } NR > 1 { print $at * 1000 }'
}

# scrape PID: what a scraper asks for, each second.
scrape() {
    local kind
    while sleep 1; do
        for kind in allocs heap block mutex threadcreate goroutine cpu; do
            curl -s -o /dev/null --unix-socket "$work/serve.sock" "http://localhost/targets/$1/debug/pprof/$kind"
        done
    done
}

bench_serve() {
    local i target other scraper name before
    wanted "scraped" || return
    if ! command -v curl >/dev/null || ! start_redis with "$AGENT"; then
        echo "scraped: not measured, it needs curl, redis and taskset"
        return
    fi
    target=$STARTED
    # The server and its symbolizer need a core, too, and the client has that one here: so the scraper
    # is always at work, in turns on this process and on another, which is idle.
    LD_PRELOAD=$AGENT taskset -c 1 redis-server --port 0 --unixsocket "$work/other.sock" --save '' --dir "$work" >"$work/other.log" 2>&1 &
    other=$!
    pids+=("$other")
    wait_for redis-cli -s "$work/other.sock" ping
    nice -n 19 taskset -c 1 "$B/bin/cpprof" serve --listen "unix:$work/serve.sock" --dir "$work/out" >"$work/serve.log" 2>&1 &
    pids+=("$!")
    wait_for test -S "$work/serve.sock"
    percentile_redis >/dev/null
    : >"$work/p99"
    for ((i = 0; i < ${ROUNDS:-7}; i++)); do
        for name in target other; do
            scrape "${!name}" &
            scraper=$!
            percentile_redis >"$work/p99.$name"
            kill "$scraper"
            wait "$scraper" 2>/dev/null
        done
        paste -d' ' "$work/p99.target" "$work/p99.other" >>"$work/p99"
    done
    ratio_line "redis, scraped each second: p99 of a get" us "<= 1.02" "$work/p99"
    before=$(awk '/^VmRSS/ { print $2 }' "/proc/$target/status")
    curl -s --unix-socket "$work/serve.sock" "http://localhost/targets/$target/debug/pprof/allocs?[1-10000]" >/dev/null
    figure_line "memory that 10000 scrapes add to the target" "$(($(awk '/^VmRSS/ { print $2 }' "/proc/$target/status") - before))" KiB "<= 1024"
    kill "${pids[@]}"
    wait "${pids[@]}" 2>/dev/null
    pids=()
}
