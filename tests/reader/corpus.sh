# shellcheck shell=bash
# The profiles that both are run on, in $T/corpus.

# One program under the agent, all kinds at once: cpu.pb.gz, heap.pb.gz, ..., with names; and raw_cpu.pb.gz
# without. They are named here, for the process does not wait until they are.
corpus_recorded() {
    local kind out=$T/recorded
    mkdir -m 700 "$out" "$out/run" &&
        cp "$ROOT/$B/lib/libcpprof.so" "$T/cpprof/lib/" && cp "$ROOT/$B/bin/cpprof" "$T/cpprof/bin/" &&
        cp "$ROOT/$B/tests/reader/recorded" "$out/" || return 1
    CPROF_DIR=$out CPROF_RUN_DIR=$out/run CPROF_CPU_RATE=1000 CPROF_HEAP_RATE=4096 CPROF_MUTEX_FRACTION=1 \
        CPROF_BLOCK_RATE=1 CPROF_SYMBOLIZE=0 LD_PRELOAD=$T/cpprof/lib/libcpprof.so "$out/recorded" || return 1
    cp "$out"/recorded.*.cpu.pb.gz "$T/corpus/raw_cpu.pb.gz" || return 1
    for kind in cpu heap allocs mutex block threads threadcreate; do
        "$CPPROF" symbolize "$out"/recorded.*."$kind.pb.gz" &&
            cp "$out"/recorded.*."$kind.pb.gz" "$T/corpus/$kind.pb.gz" || return 1
    done
}

corpus_made() {
    local text
    for text in "$HERE"/profiles/*.profile; do
        "$ROOT/$B/tests/reader/make_profile" "$text" "$T/corpus/made_$(basename "$text" .profile).pb.gz" || return 1
    done
    "$ROOT/$B/tests/reader/make_profile" --random 1 2000 300 "$T/corpus/made_random.pb.gz" &&
        "$ROOT/$B/tests/reader/make_profile" --random 2 1000 300 "$T/corpus/made_random2.pb.gz"
}

# words SIZE WORD...: little-endian words of 4 or 8 bytes.
words() {
    local size=$1 word i
    for word in "${@:2}"; do
        for ((i = 0; i < size; i++)); do
            # shellcheck disable=SC2059
            printf "\\x$(printf %02x $((word >> (8 * i) & 255)))"
        done
    done
}

# The CPU profiles of gperftools: header, samples, trailer, memory map.
corpus_cpu_binary() {
    local size
    for size in 4 8; do
        {
            words $size 0 3 0 10000 0
            words $size 7 3 0x401000 0x402000 0x403000
            words $size 5 2 0x401010 0x403000
            words $size 3 4 0x401020 0x402010 0x402000 0x403000
            words $size 2 1 0x7f001000
            words $size 0 1 0
            echo '00400000-00500000 r-xp 00000000 08:01 1234       /nonexistent/bin/sampled'
            echo '7f000000-7f100000 r-xp 00000000 08:01 1235       /nonexistent/lib/libsampled.so.1'
        } >"$T/corpus/legacy_cpu$size.bin"
    done
}

corpus_legacy() {
    local text
    for text in "$HERE"/legacy/*.txt; do
        cp "$text" "$T/corpus/legacy_$(basename "$text")" || return 1
    done
    corpus_cpu_binary
    gzip -nc "$HERE/legacy/heap_v1.txt" >"$T/corpus/legacy_heap_v1.txt.gz"
    head -c 100 "$T/corpus/made_odd.pb.gz" >"$T/corpus/cut.pb.gz"
    gzip -dc "$T/corpus/made_odd.pb.gz" >"$T/corpus/plain.pb"
    head -c 300 "$T/corpus/plain.pb" >"$T/corpus/cut.pb"
    cat "$T/corpus/plain.pb" "$T/corpus/plain.pb" >"$T/corpus/twice.pb"
}

make_corpus() {
    cp -r "$HERE/source" "$T/corpus/src" && corpus_recorded && corpus_made && corpus_legacy &&
        "$ROOT/$B/tests/reader/go_program" "$T/corpus"
}
