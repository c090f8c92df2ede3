# Other profilers, where they are installed, at what is measured of the agent above: the same programs,
# their own allocator on both sides where they bring one. Few rounds: these are far apart.
sections+=(bench_peers)

library() {
    ldconfig -p | awk -v lib="$1" '$1 == lib { print $NF; exit }'
}

# peer WHAT WITH WITHOUT COMMAND...
peer() {
    local ROUNDS=3
    compare_under "$1" ns - "${@:2}"
}

peers_heap() {
    local tcmalloc jemalloc heaptrack
    tcmalloc=$(library libtcmalloc.so.4) jemalloc=$(library libjemalloc.so.2)
    heaptrack=$(echo /usr/lib/heaptrack/libheaptrack_preload.so /usr/lib/*/heaptrack/libheaptrack_preload.so)
    [ -z "$tcmalloc" ] || peer "malloc+free, mixed sizes: gperftools' heap profiler" \
        "env LD_PRELOAD=$tcmalloc HEAPPROFILE=$work/gperf" "env LD_PRELOAD=$tcmalloc" "$BIN/ops" malloc-mixed 1 0 100000
    [ -z "$tcmalloc" ] || peer "malloc+free, mixed sizes: tcmalloc, sampled each 512 KiB" \
        "env LD_PRELOAD=$tcmalloc TCMALLOC_SAMPLE_PARAMETER=524288" "env LD_PRELOAD=$tcmalloc" "$BIN/ops" malloc-mixed
    [ -z "$jemalloc" ] || peer "malloc+free, mixed sizes: jemalloc prof, 512 KiB" \
        "env LD_PRELOAD=$jemalloc MALLOC_CONF=prof:true,lg_prof_sample:19" "env LD_PRELOAD=$jemalloc" "$BIN/ops" malloc-mixed
    for heaptrack in $heaptrack; do
        [ ! -e "$heaptrack" ] || peer "malloc+free, mixed sizes: heaptrack" \
            "env LD_PRELOAD=$heaptrack DUMP_HEAPTRACK_OUTPUT=$work/heaptrack" env "$BIN/ops" malloc-mixed 1 0 300000
    done
}

peers_cpu() {
    local profiler rate
    profiler=$(library libprofiler.so.0)
    for rate in 100 1000; do
        [ -z "$profiler" ] || peer "CPU sampling alone at $rate Hz: gperftools" \
            "env LD_PRELOAD=$profiler CPUPROFILE=$work/gperf.cpu CPUPROFILE_FREQUENCY=$rate" env "$BIN/ops" work
        ! command -v perf >/dev/null || peer "CPU sampling alone at $rate Hz: perf record -g" \
            "perf record -q -g -e cpu-clock -F $rate -o $work/perf" env "$BIN/ops" work
    done
}

# redis as in the section of the servers, under another profiler. Its own allocator is jemalloc, so it has
# the peer's on both sides.
peer_redis() { # WHAT WITH WITHOUT
    local what=$1 with=$2 without=$3 BOUND=-
    start_redis_peer() {
        local words
        read -ra words <<<"${!1}"
        redis_under "$1" "${words[@]}"
    }
    client_redis_peer() {
        client_redis "$@"
    }
    answered_redis_peer() {
        answered_redis "$@"
    }
    compare_servers "$what" redis_peer
}

peers_redis() {
    local profiler tcmalloc jemalloc
    profiler=$(library libprofiler.so.0) tcmalloc=$(library libtcmalloc.so.4) jemalloc=$(library libjemalloc.so.2)
    [ -z "$profiler" ] || peer_redis "redis-benchmark set, get: gperftools, CPU at 100 Hz" \
        "env LD_PRELOAD=$profiler CPUPROFILE=$work/gperf.redis" env
    ! command -v perf >/dev/null || peer_redis "redis-benchmark set, get: perf record -g at 100 Hz" \
        "perf record -q -g -e cpu-clock -F 100 -o $work/perf.redis" env
    [ -z "$tcmalloc" ] || peer_redis "redis-benchmark set, get: tcmalloc, sampled each 512 KiB" \
        "env LD_PRELOAD=$tcmalloc TCMALLOC_SAMPLE_PARAMETER=524288" "env LD_PRELOAD=$tcmalloc"
    [ -z "$jemalloc" ] || peer_redis "redis-benchmark set, get: jemalloc prof, 512 KiB" \
        "env LD_PRELOAD=$jemalloc MALLOC_CONF=prof:true,lg_prof_sample:19" "env LD_PRELOAD=$jemalloc"
}

bench_peers() {
    peers_heap
    peers_cpu
    peers_redis
}
