# Known amounts: in windows, and in text.

figures() {
    note "$(sed -nE 's/^(.*): [0-9]+, of [0-9]+: ([0-9.]+)$/\1 \2/p' "$D/client.$1" | tr '\n' ';')"
}

case_windows() {
    start_worker
    serve --pid "$WORKER"
    client windows "$BASE" "$D/commands" "$D/worker.out"
    figures windows
}

# Where nothing is sampled but in windows. Once they are over, nothing is.
case_windows_of_cpu() {
    start_worker CPROF_CPU_RATE=0
    serve --pid "$WORKER"
    client cpu_window "$BASE" "$D/commands" "$D/worker.out"
    figures cpu_window
    wait_for samples_nothing || fail "CPU time is sampled after the windows"
}
samples_nothing() {
    local before after
    before=$(burnt) && work 'burn 100' && after=$(burnt) && [ "$before" = "$after" ]
}
burnt() {
    local file
    file=$(CPROF_RUN_DIR=$D/run "$CPPROF" dump -d "$D/out" "$WORKER" 2>"$D/dump.err" | grep '\.cpu\.pb\.gz$') &&
        "$PROGRAMS/totals" "$file" | awk '$1 == "any" && $2 == "site_burn" { ns = $NF } END { print ns + 0 }'
}

case_text_totals() {
    need_pprof
    start_worker
    work_all
    serve --pid "$WORKER"
    client same_totals "$BASE" heap allocs block mutex goroutine threads threadcreate
}

# The reader of text that is asked for by a person.
case_text_by_tool() {
    local kind
    need_pprof
    start_worker
    work_all
    serve --pid "$WORKER"
    for kind in heap allocs block mutex goroutine threadcreate; do
        "$PPROF" -top -symbolize=none "$BASE/debug/pprof/$kind?debug=1" >"$D/top" 2>"$D/top.err" ||
            fail "$kind?debug=1: $(tail -n 1 "$D/top.err")"
        grep -q '^Showing nodes' "$D/top" || fail "$kind?debug=1 shows nothing"
    done
    # What has no functions is looked up at /debug/pprof/symbol.
    "$PPROF" -top -symbolize=remote "$BASE/debug/pprof/heap?debug=1" >"$D/top" 2>"$D/top.err" ||
        fail "heap?debug=1, symbolized: $(tail -n 1 "$D/top.err")"
    grep -q site_alloc "$D/top" || fail "heap?debug=1 has no names by /debug/pprof/symbol: $(sed -n 6,9p "$D/top" | tr '\n' ';')"
}
