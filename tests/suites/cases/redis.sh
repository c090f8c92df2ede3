# redis: its own tests (of the source package) with the server that is installed: BGSAVE, rewriting of the
# append-only file, replicas, crash reports by signal handlers.

REDIS_TESTS='integration/aof integration/aof-multi-part integration/rdb integration/replication integration/replication-psync
    integration/replication-4 integration/psync2 integration/block-repl integration/logging integration/shutdown integration/redis-cli
    integration/redis-benchmark unit/other unit/introspection unit/expire unit/dump unit/scripting unit/pubsub unit/multi
    unit/auth unit/protocol unit/limits unit/lazyfree unit/latency-monitor unit/oom-score-adj unit/memefficiency unit/querybuf
    unit/type/string unit/type/list unit/type/set unit/type/zset unit/type/hash unit/type/stream'

# redis_tests NAME
redis_tests() {
    local only=() case
    while [ -n "$ONLY" ] && read -r case; do
        [ "$case" = "(the whole)" ] || only+=(--only "$case")
    done <"${ONLY:-/dev/null}"
    mkdir -p "$D/src" "$D/tests"
    cp -r "$SOURCES/redis/tests" "$SOURCES/redis/redis.conf" "$SOURCES/redis/sentinel.conf" "$SOURCES/redis/utils" "$D" || return 1
    for case in server cli benchmark check-aof check-rdb sentinel; do
        ln -s "$(command -v redis-$case)" "$D/src/redis-$case"
    done
    mkdir -p "$D/tests/tmp"
    # Units run at a time: each has ports of its own.
    "${ENV[@]}" tclsh tests/test_helper.tcl --single "$1" --clients 1 --timeout 600 --baseport $((10000 + BASHPID % 80 * 250)) --portcount 240 "${only[@]}" >"$D/out" 2>&1
    sed -nE 's/\x1b\[[0-9;]*m//g; s/^\[(ok|err|exception|skip|ignore|timeout)\]: (.*)/\1 \2/p' "$D/out" |
        # The replicas that psync2 connects are drawn by lot.
        sed -E 's/ \([0-9]+ ms\)$//; s/ in tests\/.*\.tcl$//; /PSYNC2: /s/#[0-9]+|x = [0-9]+|CYCLE [0-9]+/N/g' |
        awk '{ o = $1; sub(/^[a-z]+ /, ""); print $0 "\t" o }' >>"$RESULTS"
    tail -n 30 "$D/out"
    ! grep -q '\[err\]\|\[exception\]' "$D/out"
}

suite_redis() {
    local name
    version "$(packaged redis-server)" || exit
    need tclsh redis-benchmark
    source_of redis
    for name in $REDIS_TESTS; do
        [ -f "$SOURCE/tests/$name.tcl" ] && unit "${name//\//-}" redis_tests "$name"
    done
}
