# The CPU sampler: the same work takes so much more CPU time.
sections+=(bench_sampling)

bench_sampling() {
    local rate
    for rate in "100 <= 1.002" "1000 <= 1.02"; do
        CPROF_HEAP_RATE=0 CPROF_CPU_RATE=${rate%% *} ROUNDS=${ROUNDS:-9} \
            compare "CPU sampling alone at ${rate%% *} Hz" ns "${rate#* }" "$BIN/ops" work
    done
}
