# Servers: two of each on one core, loaded in turns by a client on another.
sections+=(bench_servers)

# wait_for COMMAND...: until it succeeds, for as long as 10 s.
wait_for() {
    local i
    for ((i = 0; i < 200; i++)); do
        "$@" >/dev/null 2>&1 && return
        sleep 0.05
    done
    return 1
}

# CPU time of a process, its children, and those that it has waited for, ns.
cpu_ns() {
    local all
    all=$(for pid in "$1" $(pgrep -P "$1"); do cat /proc/"$pid"/task/*/schedstat 2>/dev/null; done)
    awk -v ticks="$(awk '{ sub(/.*\) /, ""); print $14 + $15 }' "/proc/$1/stat")" -v hz="$(getconf CLK_TCK)" \
        '{ s += $1 } END { printf "%.0f", s + ticks / hz * 1e9 }' <<<"$all"
}

# pause SECONDS: without a process that the server would share its processor with.
exec {never}<> <(:)
pause() {
    read -rt "$1" -u "$never" || :
}

# load_in_turns SERVER: `client_SERVER NAME SECONDS` becomes a client for that time, `answered_SERVER`
# finds in what it printed how many requests it was answered. One of each server, stopped and continued in
# turns of 40 ms: what the machine does meanwhile, both have. Sets count[NAME] and rate[NAME].
load_in_turns() {
    local name start seconds=7
    local -A client active=([with]=0 [without]=0)
    for name in with without; do
        "client_$1" $name "$seconds" >"$work/$name.client" 2>/dev/null &
        client[$name]=$!
        pause 0.1
        kill -STOP "${client[$name]}"
        active[$name]=100000
    done
    local end=$((${EPOCHREALTIME/./} + (seconds - 1) * 1000000))
    while [ "${EPOCHREALTIME/./}" -lt "$end" ]; do
        for name in with without; do
            start=${EPOCHREALTIME/./}
            kill -CONT "${client[$name]}"
            pause 0.04
            kill -STOP "${client[$name]}"
            active[$name]=$((active[$name] + ${EPOCHREALTIME/./} - start))
        done
    done
    pause 1
    for name in with without; do
        kill -CONT "${client[$name]}"
        wait "${client[$name]}"
        count[$name]=$("answered_$1" <"$work/$name.client")
        rate[$name]=$(awk "BEGIN { print ${count[$name]:-0} / ${active[$name]} * 1e6 }")
    done
}

# load_one_by_one SERVER: `load_SERVER NAME` prints how many requests it was answered, and how many a
# second.
load_one_by_one() {
    local name
    for name in with without; do
        read -r "count[$name]" "rate[$name]" < <("load_$1" $name)
    done
}

# compare_servers WHAT SERVER: `start_SERVER NAME [PRELOAD]` starts one and sets STARTED to its pid. A
# server that is faster or slower from one start to the next has `restart_SERVER NAME PID [PRELOAD]`,
# called before each round.
compare_servers() {
    local what=$1 server=$2 i name how=load_one_by_one
    local -A pid count rate cpu
    wanted "$what" || return
    ! declare -F "client_$server" >/dev/null || how=load_in_turns
    if [ "$(nproc)" -lt 2 ] || ! "start_$server" with "$AGENT"; then
        echo "$what: not measured, it needs two cores and ${NEEDS[$server]}"
        return
    fi
    pid[with]=$STARTED
    "start_$server" without || return
    pid[without]=$STARTED
    $how "$server"
    : >"$work/rate" >"$work/cpu"
    for ((i = 0; i < ${ROUNDS:-7}; i++)); do
        if declare -F "restart_$server" >/dev/null; then
            "restart_$server" with "${pid[with]}" "$AGENT" && pid[with]=$STARTED
            "restart_$server" without "${pid[without]}" && pid[without]=$STARTED
        fi
        for name in with without; do cpu[$name]=$(cpu_ns "${pid[$name]}"); done
        $how "$server"
        for name in with without; do
            cpu[$name]=$(awk "BEGIN { print ($(cpu_ns "${pid[$name]}") - ${cpu[$name]}) / (${count[$name]} + 1e-9) }")
        done
        echo "${rate[with]} ${rate[without]}" >>"$work/rate"
        echo "${cpu[with]} ${cpu[without]}" >>"$work/cpu"
    done
    ratio_line "$what: throughput" "/s" "${BOUND:->= 0.98}" "$work/rate"
    ratio_line "$what: server's CPU time" ns - "$work/cpu"
    kill "${pids[@]}"
    wait "${pids[@]}" 2>/dev/null
    pids=()
}

declare -A NEEDS=([redis]="redis and taskset" [redis_peer]="redis and taskset" [memcached]="memcached and libmemcached-tools"
    [redis_io]="redis and taskset" [nginx]="nginx and wrk" [mariadb]="mariadb-server" [postgres]="PostgreSQL, and root to become its user")

# start_redis NAME [PRELOAD]; redis_under NAME WORD...: behind these words, as `env X=Y`.
start_redis() {
    redis_under "$1" env "LD_PRELOAD=${2-}"
}
redis_under() {
    command -v redis-server redis-benchmark taskset >/dev/null || return
    "${@:2}" taskset -c 0 redis-server --port 0 --unixsocket "$work/$1.sock" --save '' \
        --dir "$work" >"$work/$1.log" 2>&1 &
    STARTED=$!
    pids+=("$STARTED")
    wait_for redis-cli -s "$work/$1.sock" ping
}
load_redis() {
    taskset -c 1 redis-benchmark -s "$work/$1.sock" -n 60000 -r 10000 -t set,get --csv 2>/dev/null |
        awk -F'"' 'NR > 1 && $4 > 0 { s += 1 / $4; n++ } END { if (n) print 60000 * n, n / s }'
}

start_redis_io() {
    command -v redis-server redis-benchmark taskset >/dev/null || return
    LD_PRELOAD=${2-} redis-server --port 0 --unixsocket "$work/$1.io.sock" --save '' --io-threads 2 \
        --io-threads-do-reads yes --dir "$work" >"$work/$1.log" 2>&1 &
    STARTED=$!
    pids+=("$STARTED")
    wait_for redis-cli -s "$work/$1.io.sock" ping
}
load_redis_io() {
    redis-benchmark -s "$work/$1.io.sock" -n 60000 -r 10000 -t set,get --csv 2>/dev/null |
        awk -F'"' 'NR > 1 && $4 > 0 { s += 1 / $4; n++ } END { if (n) print 60000 * n, n / s }'
}

start_memcached() {
    command -v memcached memcaslap taskset >/dev/null || return
    port[$1]=$((RANDOM % 20000 + 20000))
    LD_PRELOAD=${2-} taskset -c 0 memcached -u "$(id -un)" -l 127.0.0.1 -p "${port[$1]}" -U 0 -t 2 >"$work/$1.log" 2>&1 &
    STARTED=$!
    pids+=("$STARTED")
    wait_for memcping --servers="127.0.0.1:${port[$1]}"
}
client_memcached() {
    exec taskset -c 1 memcaslap --servers="127.0.0.1:${port[$1]}" --threads=1 --concurrency=16 --time="$2s"
}
answered_memcached() {
    sed -n 's/.* Ops: \([0-9]*\) .*/\1/p'
}

start_nginx() {
    command -v nginx wrk taskset >/dev/null || return
    port[$1]=$((RANDOM % 20000 + 20000))
    mkdir -p "$work/nginx.$1/html"
    head -c 4096 /dev/zero >"$work/nginx.$1/html/page"
    printf 'daemon off; pid %s/pid; error_log %s/error; worker_processes 1; events { }
        http { access_log off; server { listen 127.0.0.1:%s; root %s/html; } }
        env LD_PRELOAD; env CPROF_DIR; env CPROF_RUN_DIR;' "$work/nginx.$1" "$work/nginx.$1" "${port[$1]}" \
        "$work/nginx.$1" >"$work/nginx.$1/conf"
    chmod -R a+rX "$work/nginx.$1"
    LD_PRELOAD=${2-} taskset -c 0 nginx -p "$work/nginx.$1" -c "$work/nginx.$1/conf" >"$work/$1.log" 2>&1 &
    STARTED=$!
    pids+=("$STARTED")
    wait_for curl -sf "http://127.0.0.1:${port[$1]}/page"
}
client_nginx() {
    exec taskset -c 1 wrk -t 1 -c 16 -d "$2s" "http://127.0.0.1:${port[$1]}/page"
}
answered_nginx() {
    awk '/requests in/ { print $1 }'
}

as_postgres() {
    setpriv --reuid postgres --regid postgres --clear-groups "$@"
}
run_postgres() {
    local bin dir=$work/pg.$1
    bin=$(echo /usr/lib/postgresql/*/bin)
    CPROF_DIR=$dir/out CPROF_RUN_DIR=$run/pg.$1 LD_PRELOAD=${2-} taskset -c 0 setpriv --reuid postgres --regid postgres \
        --clear-groups "$bin/postgres" -D "$dir/data" -c listen_addresses= -k "$dir" -c fsync=off >"$work/$1.log" 2>&1 &
    STARTED=$!
    pids+=("$STARTED")
    wait_for as_postgres "$bin/pg_isready" -q -h "$dir"
}
start_postgres() {
    local bin dir=$work/pg.$1
    bin=$(echo /usr/lib/postgresql/*/bin)
    [ -x "$bin/pgbench" ] && [ "$(id -u)" = 0 ] || return
    mkdir -m 711 -p "$dir/out" "$run/pg.$1" && chown -R postgres "$dir" "$run/pg.$1" || return
    as_postgres "$bin/initdb" -D "$dir/data" -N -A trust >"$work/$1.log" 2>&1 || return
    run_postgres "$@" || return
    as_postgres "$bin/createdb" -h "$dir" bench && as_postgres "$bin/pgbench" -h "$dir" -i -s 2 -q bench >"$work/$1.log" 2>&1
}
restart_postgres() {
    kill -INT "$2"
    wait "$2" 2>/dev/null
    mapfile -t pids < <(printf '%s\n' "${pids[@]}" | grep -vx "$2")
    run_postgres "$1" "${3-}"
    (client_postgres "$1" 1) >/dev/null 2>&1
    pause 2 # for the profiles of the backends that have ended
}
answered_postgres() {
    awk '/number of transactions actually/ { print $NF }'
}
client_postgres() {
    exec taskset -c 1 setpriv --reuid postgres --regid postgres --clear-groups /usr/lib/postgresql/*/bin/pgbench \
        -h "$work/pg.$1" -c 4 -T "$2" -S bench
}

start_mariadb() {
    local dir=$work/my.$1
    command -v mariadbd mariadb-slap mariadb-install-db taskset >/dev/null || return
    mkdir -p "$dir"
    mariadb-install-db --no-defaults --user="$(id -un)" --datadir="$dir/data" --auth-root-authentication-method=normal \
        >"$work/$1.log" 2>&1 || return
    LD_PRELOAD=${2-} taskset -c 0 mariadbd --no-defaults --user="$(id -un)" --datadir="$dir/data" --socket="$dir/socket" \
        --pid-file="$dir/pid" --skip-networking >"$work/$1.log" 2>&1 &
    STARTED=$!
    pids+=("$STARTED")
    wait_for mariadb-admin --no-defaults -S "$dir/socket" ping
}
load_mariadb() {
    taskset -c 1 mariadb-slap --no-defaults -S "$work/my.$1/socket" -u root --auto-generate-sql \
        --auto-generate-sql-load-type=read --concurrency=4 --number-of-queries=20000 2>/dev/null |
        awk '/Average number of seconds/ { print 20000, 20000 / $(NF - 1) }'
}

bench_servers() {
    local -A port
    chmod 711 "$work" "$run"
    compare_servers "redis-benchmark set, get" redis
    compare_servers "redis-benchmark, io-threads" redis_io
    compare_servers "memcached, memcaslap" memcached
    compare_servers "nginx, wrk" nginx
    compare_servers "PostgreSQL, pgbench -S" postgres
    compare_servers "MariaDB, mariadb-slap read" mariadb
}
