# Real servers, as tests/hosts starts and loads them, read over HTTP by `go tool pprof -top`.

in_hosts() {
    HERE=$ROOT/tests/hosts "$@"
}

# shows PID PATH NAME...: the tool opens it without a word of complaint, and each name, an extended
# regular expression, is in a stack.
shows() {
    local name url=$BASE/targets/$1/debug/pprof/$2 top=$D/top.$2
    "$PPROF" -top -cum -nodefraction=0 -nodecount=100000 "$url" >"$top" 2>"$top.err" ||
        fail "pprof -top $2: $(grep -v '^Fetching' "$top.err" | head -n 2 | tr '\n' ' ')"
    # Where it fetches from and what it saved.
    grep -vE '^(Fetching|Saved) profile|^Please wait' "$top.err" >"$top.odd" && fail "pprof -top $2 warns: $(head -n 1 "$top.odd")"
    grep -q '^Showing nodes' "$top" || fail "pprof -top $2 shows nothing"
    for name in "${@:3}"; do
        grep -qE "% +($name)( \(inline\))?\$" "$top" || fail "$name is not in $2: $(sed -n '/flat%/,$p' "$top" | head -n 8 | tr '\n' ';')"
    done
}

# shows_all PID [FUNCTION]: every kind opens, also one in which a program need not have anything; in the text
# of its threads is that function, main unless told otherwise.
shows_all() {
    local kind pid pids=()
    for kind in heap allocs block mutex goroutine threads threadcreate; do
        shows "$1" "$kind" >"$D/why.$kind" &
        pids+=($!)
    done
    for pid in "${pids[@]}"; do
        wait "$pid" || fail "$(cat "$D"/why.*)"
    done
    get "/targets/$1/debug/pprof/goroutine?debug=2" >"$D/stacks" || fail "no goroutine?debug=2 of process $1"
    grep -qE "${2:-main}\\(" "$D/stacks" || fail "no ${2:-main} in goroutine?debug=2: $(head -n 5 "$D/stacks" | tr '\n' ';')"
}
# The tool itself, as PPROF: `go tool` takes longer than it does. It is built at its first use.
need_pprof() {
    need go
    go tool pprof -help >/dev/null 2>&1
    PPROF=$(go tool -n pprof 2>/dev/null)
    export PPROF
    [ -x "$PPROF" ] || skip "this Go has no pprof"
}

case_host_redis() {
    need_pprof
    need redis-server redis-benchmark redis-cli
    redis_command
    start with "${COMMAND[@]}"
    redis_up with
    redis_load 20000
    serve
    redis-benchmark -p "$PORT" -q -n 10000000 -t set,get -r 100000 >/dev/null 2>&1 3>&- &
    own $!
    shows "$PID" 'profile?seconds=1' main aeMain readQueryFromClient
    shows "$PID" allocs main zmalloc
    shows "$PID" 'heap?seconds=1' main
    shows_all "$PID"
    still_serves
    redis_shutdown
}

case_host_memcached() {
    need_pprof
    need memcached
    PORT=$(free_port)
    start with memcached -l 127.0.0.1 -p "$PORT" -U 0 -t 4 -u "$(id -un)"
    wait_for listening "$PORT" || fail "memcached does not listen: $(tail -n 1 "$D/with.err")"
    serve
    in_hosts memcached_load 500000 3>&- &
    own $!
    shows "$PID" 'profile?seconds=1' start_thread event_base_loop
    shows "$PID" block event_base_loop
    shows "$PID" threadcreate 'pthread_create.*|__libc_start_call_main'
    shows_all "$PID" event_base_loop
    still_serves
    kill "$PID"
}

case_host_nginx() {
    local worker
    need_pprof
    need nginx
    nginx_prepare off
    start with "$(command -v nginx)" -e "$D/nginx/error.log" -c "$D/nginx/conf"
    nginx_up
    in_hosts nginx_load 2000
    serve
    in_hosts nginx_load 500000 3>&- &
    own $!
    for worker in "${WORKERS[@]}"; do
        shows "$worker" 'profile?seconds=1'
        shows "$worker" allocs main ngx_alloc
        shows "$worker" block ngx_process_events_and_timers
    done
    shows_all "$worker" ngx_process_events_and_timers
    shows "$MASTER" goroutine ngx_master_process_cycle
    still_serves
    kill -QUIT "$MASTER"
}

case_host_postgres() {
    local backend backends
    need_pprof
    BIN=$(echo /usr/lib/postgresql/*/bin)
    [ -x "$BIN/pgbench" ] || skip "PostgreSQL is not installed"
    [ "$(id -u)" = 0 ] || skip "only root can become its user"
    mkdir "$D/pg"
    chown postgres "$D/pg" "$D/out" "$D/run"
    as_postgres "$BIN/initdb" -D "$D/pg/data" -N -A trust >"$D/initdb.log" 2>&1 || fail "initdb: $(tail -n 1 "$D/initdb.log")"
    start with setpriv --reuid postgres --regid postgres --clear-groups "$BIN/postgres" -D "$D/pg/data" \
        -c listen_addresses= -k "$D/pg" -c fsync=off -c jit=off
    wait_for as_postgres "$BIN/pg_isready" -q -h "$D/pg" || fail "postgres does not answer: $(tail -n 1 "$D/with.err")"
    as_postgres "$BIN/createdb" -h "$D/pg" bench && as_postgres "$BIN/pgbench" -h "$D/pg" -i -s 1 -q bench >"$D/bench" 2>&1 ||
        fail "pgbench -i: $(tail -n 1 "$D/bench")"
    serve
    as_postgres "$BIN/pgbench" -h "$D/pg" -c 2 -T 60 bench >/dev/null 2>&1 3>&- &
    own $!
    wait_for backends_run || fail "there are no backends"
    for backend in "${BACKENDS[@]}"; do
        shows "$backend" allocs PostgresMain palloc
    done
    shows "$backend" 'profile?seconds=1' main PostgresMain
    shows "$backend" block PostgresMain WaitEventSetWait
    shows_all "$backend" PostgresMain
    still_serves
}
backends_run() {
    mapfile -t BACKENDS < <(pgrep -P "$PID" -f 'UPDATE|SELECT|INSERT|COMMIT|idle in transaction|BEGIN|bench')
    [ "${#BACKENDS[@]}" = 2 ]
}
