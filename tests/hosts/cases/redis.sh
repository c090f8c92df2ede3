# redis-server: one busy thread, jemalloc, a heap of small objects.

REDIS_LOG='s/^[0-9]+:/PID:/; s/ [0-9]{1,2} [A-Z][a-z]{2} [0-9]{4} [0-9:.]+ / /; s/pid=[0-9]+/pid=N/; s/port=[0-9]+/port=N/'

redis_answers() {
    [ "$(redis-cli -p "$PORT" ping 2>/dev/null)" = PONG ]
}
redis_command() {
    PORT=$(free_port)
    COMMAND=(redis-server --port "$PORT" --bind 127.0.0.1 --save '' --dir "$D")
}
redis_up() {
    wait_for redis_answers || fail "redis does not answer: $(tail -n 1 "$D/$1.out")"
}
redis_load() {
    redis-benchmark -p "$PORT" -q -n "$1" -t set,get,lpush -r 100000 >"$D/bench" 2>&1 || fail "redis-benchmark failed: $(tail -n 1 "$D/bench")"
}
redis_shutdown() {
    redis-cli -p "$PORT" shutdown nosave >/dev/null 2>&1
}

# redis_session WHO: the life of a server.
redis_session() {
    redis_command
    start "$1" "${COMMAND[@]}"
    redis_up "$1"
    redis_load "$(more 60000)"
    if [ "$1" = with ]; then
        redis_load 25000 &
        local load=$!
        sleep 0.3
        ask_dump "$PID" 1
        wait $load
    fi
    redis_shutdown
    finish "$1"
}

# redis_profiles PID SEQ: says what a server does that answers small requests.
redis_profiles() {
    local allocs
    among_top "$(profile "$1" "$2" cpu)" 90 main aeMain
    among_top "$(profile "$1" "$2" cpu)" 10 readQueryFromClient beforeSleep handleClientsWithPendingWrites '(__libc_|__)?write'
    among_top "$(profile "$1" "$2" cpu)" 3 processCommand processInputBuffer
    # the more requests wait for a turn on a busy machine, the fewer calls get them
    among_top "$(profile "$1" "$2" cpu)" 0.3 '(__libc_|__)?read' epoll_wait
    among_top "$(profile "$1" "$2" cpu)" 1 call
    allocs=$(profile "$1" "$2" allocs)
    TYPE=1 among_top "$allocs" 90 main aeMain
    TYPE=1 among_top "$allocs" 20 zmalloc createEmbeddedStringObject processInputBuffer
    TYPE=3 among_top "$(profile "$1" "$2" heap)" 20 call setCommand
}

case_redis() {
    need redis-server redis-benchmark redis-cli
    redis_session without
    redis_session with
    alike "$REDIS_LOG"
    good_dump "$PID" 1
    good_dump "$PID" 2
    redis_profiles "$PID" 2
    unnamed_below "$(profile "$PID" 2 cpu)" 10
    diffs "$(profile "$PID" 1 heap)" "$(profile "$PID" 2 heap)"
    rooted
    tidy
}

# With threads for reading and writing, which main stops by taking the lock that each passes through.
case_redis_io_threads() {
    local mutex block threads
    need redis-server redis-benchmark redis-cli
    redis_command
    COMMAND+=(--io-threads 2 --io-threads-do-reads yes)
    export CPROF_MUTEX_FRACTION=1
    start with "${COMMAND[@]}"
    redis_up with
    redis_load 5000
    sleep 0.5
    redis_load 5000
    redis_shutdown
    finish with
    [ "$(cat "$D/with.status")" = 0 ] || fail "status $(cat "$D/with.status")"
    good_dump "$PID" 1
    mutex=$(profile "$PID" 1 mutex) block=$(profile "$PID" 1 block) threads=$(profile "$PID" 1 threads)
    TYPE=1 among_top "$mutex" 50 IOThreadMain
    TYPE=3 among_top "$mutex" 50 main
    TYPE=1 among_top "$block" 10 main aeMain IOThreadMain
    TYPE=1 labelled "$block" wait=mutex 1
    TYPE=1 labelled "$block" wait=poll 1
    for name in io_thd_1 bio_close_file bio_aof_fsync bio_lazy_free redis-server; do
        TYPE=0 labelled "$threads" "thread=$name" 1
    done
    TYPE=0 among_top "$threads" 30 bioProcessBackgroundJobs
    TYPE=0 among_top "$(profile "$PID" 1 threadcreate)" 20 bioInit initThreadedIO
    tidy
}

# `cpprof run -- redis-server`: the same, and it names its files.
case_redis_run() {
    local server kind
    need redis-server redis-benchmark redis-cli
    redis_command
    program_env without
    "${ENV[@]}" CPROF_RUN_DIR="$D/run" "$CPPROF" run -d "$D/out" -s CPU_RATE=1000 -s HEAP_RATE=16k -- "${COMMAND[@]}" \
        >"$D/with.out" 2>"$D/with.err" </dev/null 3>&- &
    PID=$!
    own "$PID"
    redis_up with
    server=$(redis-cli -p "$PORT" info server | tr -d '\r' | sed -n 's/^process_id://p')
    own "$server"
    redis_load "$(more 60000)"
    kill -USR2 "$PID" # is handed on
    wait_for dumped "$server" 1 || fail "USR2 to cpprof run: no dump"
    redis_shutdown
    finish with
    [ "$(cat "$D/with.status")" = 0 ] || fail "cpprof run: status $(cat "$D/with.status")"
    for kind in $KINDS; do
        grep -qF "wrote $(profile "$server" 2 "$kind") (" "$D/with.err" || fail "does not name the $kind profile: $(cat "$D/with.err")"
    done
    grep -q 'go tool pprof -top .*cpu' "$D/with.err" || fail "does not say how to read it: $(cat "$D/with.err")"
    good_dump "$server" 2
    redis_profiles "$server" 2
    rooted
    tidy
}

# `cpprof ps` shows it, and `cpprof dump` does not mind that it is stopped.
case_redis_stopped() {
    local line
    need redis-server redis-benchmark redis-cli
    redis_command
    start with "${COMMAND[@]}"
    redis_up with
    redis_load "$(more 60000)"
    line=$(CPROF_RUN_DIR=$D/run "$CPPROF" ps 2>"$D/ps.err" | awk -v pid="$PID" '$1 == pid')
    [ -s "$D/ps.err" ] && fail "cpprof ps says: $(cat "$D/ps.err")"
    awk '{ exit !($2 == "redis-server" && $4 > 50 && $5 > 50) }' <<<"$line" || fail "cpprof ps shows: $line"
    kill -STOP "$PID"
    KINDS=${KINDS/ threads / } N_KINDS=6 SAYS='without the threads profile: .* stopped' # it cannot answer
    CPROF_RUN_DIR=$D/run ask_cpprof "$PID"
    grep -q '^State:.*T' "/proc/$PID/status" || fail "dump set it going"
    good_dump "$PID" 1
    redis_profiles "$PID" 1
    KINDS="$KINDS threads"
    kill -CONT "$PID"
    redis_answers || fail "does not answer after it was stopped"
    redis_shutdown
    finish with
    [ "$(cat "$D/with.status")" = 0 ] || fail "status $(cat "$D/with.status")"
    good_dump "$PID" 2
    rooted
    tidy
}

# kill -9 under load, then `cpprof recover`.
case_redis_killed() {
    local load
    need redis-server redis-benchmark redis-cli
    redis_command
    start with "${COMMAND[@]}"
    redis_up with
    redis_load "$(more 60000)"
    redis-benchmark -p "$PORT" -q -n 1000000 -t set >/dev/null 2>&1 &
    load=$!
    own $load
    sleep 0.3
    kill -KILL "$PID"
    finish with
    wait $load
    [ "$(cat "$D/with.status")" = 137 ] || fail "status $(cat "$D/with.status")"
    [ -z "$(ls "$D/out")" ] || fail "there are files before recover: $(ls "$D/out")"
    CPROF_RUN_DIR=$D/run "$CPPROF" recover -d "$D/out" >"$D/recover.out" 2>"$D/recover.err" || fail "recover: $(cat "$D/recover.err")"
    [ -s "$D/recover.err" ] && fail "recover says: $(head -n 1 "$D/recover.err")"
    local KINDS=${KINDS/ threads / } # which are gone
    [ "$(wc -l <"$D/recover.out")" = $((N_KINDS - 1)) ] || fail "recover wrote: $(cat "$D/recover.out")"
    good_dump "$PID" 1
    redis_profiles "$PID" 1
    rooted
    tidy
}
