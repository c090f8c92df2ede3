# Allocation, threads and processes.
sections+=(bench_hooks)

bench_hooks() {
    local bytes
    compare "malloc+free, mixed sizes" ns "<= 1.15" "$BIN/ops" malloc-mixed
    compare "malloc+free, mixed sizes, 2 threads" ns "<= 1.15" "$BIN/ops" malloc-mixed 2
    for bytes in 16 1024 65536 1048576; do
        compare "malloc+free, $bytes bytes" ns - "$BIN/ops" malloc-one 1 $bytes
    done
    compare "malloc+free, mixed sizes, 4 threads" ns "<= 1.15" "$BIN/ops" malloc-mixed 4
    compare "free of what was not sampled" ns - "$BIN/ops" free
    CPROF_HEAP_RATE=1 compare "free of what was sampled (each block)" ns - "$BIN/ops" free
    compare "malloc+free, one size" ns "<= 1.30" "$BIN/ops" malloc-one
    compare "malloc+free, one size, 2 threads" ns "<= 1.30" "$BIN/ops" malloc-one 2
    compare "operator new+delete, mixed sizes" ns "<= 1.15" "$BIN/ops_new"
    compare "realloc, growth" ns - "$BIN/ops" realloc
    compare "thread create+join" ns - "$BIN/ops" thread
    compare "fork+exit+wait" ns - "$BIN/ops" fork
    compare "fork+exec of /bin/true" ns - "$BIN/ops" fork-exec
    compare "start of /bin/true" ns - env -u LD_PRELOAD "$BIN/ops" start
}
