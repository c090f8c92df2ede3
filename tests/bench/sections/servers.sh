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

# load_in_turns SERVER SECONDS: `client_SERVER NAME SECONDS` becomes a client for that time, or, if the server
# is one of ENDLESS, until it is ended; `answered_SERVER NAME` finds, in what that printed or elsewhere, how
# many requests it was answered. One client of each server, stopped and continued in turns of 40 ms: what the
# machine does meanwhile, both have. Takes the servers in `order`; sets count[NAME] and rate[NAME].
load_in_turns() {
    local name start seconds=$2
    local -A client active
    for name in "${order[@]}"; do
        "client_$1" "$name" "$seconds" >"$work/$name.client" 2>/dev/null &
        client[$name]=$!
        pause 0.1
        kill -STOP "${client[$name]}"
        active[$name]=100000
    done
    local end=$((${EPOCHREALTIME/./} + (seconds - 1) * 1000000))
    while [ "${EPOCHREALTIME/./}" -lt "$end" ]; do
        for name in "${order[@]}"; do
            start=${EPOCHREALTIME/./}
            kill -CONT "${client[$name]}"
            pause 0.04
            kill -STOP "${client[$name]}"
            active[$name]=$((active[$name] + ${EPOCHREALTIME/./} - start))
        done
    done
    pause 1
    for name in "${order[@]}"; do
        [ -z "${ENDLESS[$1]}" ] || kill "${client[$name]}"
        kill -CONT "${client[$name]}"
        wait "${client[$name]}" 2>/dev/null
        count[$name]=$("answered_$1" "$name" <"$work/$name.client")
        rate[$name]=$(awk "BEGIN { print ${count[$name]:-0} / ${active[$name]} * 1e6 }")
    done
}

stop_servers() {
    kill "${pids[@]}"
    wait "${pids[@]}" 2>/dev/null
    pids=()
}

# copy_of LIBRARY N: its name; nothing for none.
copy_of() {
    [ -z "$1" ] || { cp "$1" "$work/$2.$(basename "$1")" && echo "$work/$2.$(basename "$1")"; }
}

# compare_servers WHAT SERVER: `start_SERVER NAME [PRELOAD]` starts one and sets STARTED to its pid. `with` is
# with PRELOADED, the agent where that is not set. Each round has servers of its own, and its own copy of the
# library, as one is faster or slower than the next by where its memory lies; and the other one of the two is
# first.
compare_servers() {
    local what=$1 server=$2 i name order=(with without)
    local -A pid count rate cpu preload=([without]='')
    wanted "$what" || return
    : >"$work/rate" >"$work/cpu"
    for ((i = 0; i < ${ROUNDS:-7}; i++)); do
        preload[with]=$(copy_of "${PRELOADED-$AGENT}" "$i")
        for name in "${order[@]}"; do
            if [ "$(nproc)" -lt 2 ] || ! "start_$server" "$name" "${preload[$name]}"; then
                echo "$what: not measured, it needs two cores and ${NEEDS[$server]}"
                [ ${#pids[@]} = 0 ] || stop_servers
                return
            fi
            pid[$name]=$STARTED
        done
        load_in_turns "$server" 2
        for name in with without; do cpu[$name]=$(cpu_ns "${pid[$name]}"); done
        load_in_turns "$server" 6
        for name in with without; do
            cpu[$name]=$(awk "BEGIN { print ($(cpu_ns "${pid[$name]}") - ${cpu[$name]}) / (${count[$name]} + 1e-9) }")
        done
        echo "${rate[with]} ${rate[without]}" >>"$work/rate"
        echo "${cpu[with]} ${cpu[without]}" >>"$work/cpu"
        stop_servers
        order=("${order[1]}" "${order[0]}")
    done
    ratio_line "$what: throughput" "/s" "${BOUND:->= 0.98}" "$work/rate"
    ratio_line "$what: server's CPU time" ns - "$work/cpu"
}

declare -A NEEDS=([redis]="redis and taskset" [redis_peer]="redis and taskset" [memcached]="memcached and libmemcached-tools"
    [redis_io]="redis and taskset" [nginx]="nginx and wrk" [mariadb]="mariadb-server" [postgres]="PostgreSQL, and root to become its user")
declare -A ENDLESS=([redis]=1 [redis_peer]=1 [redis_io]=1 [mariadb]=1)

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
# redis_answers SOCKET: how many commands the server has been given so far.
redis_answers() {
    redis-cli -s "$1" info stats | sed -n 's/^total_commands_processed:\([0-9]*\).*/\1/p'
}
client_redis() {
    redis_answers "$work/$1.sock"
    exec taskset -c 1 redis-benchmark -s "$work/$1.sock" -n 60000 -r 10000 -t set,get -l -q
}
answered_redis() {
    awk -v now="$(redis_answers "$work/$1.sock")" 'NR == 1 { print now - $1; exit }'
}

start_redis_io() {
    command -v redis-server redis-benchmark taskset >/dev/null || return
    LD_PRELOAD=${2-} redis-server --port 0 --unixsocket "$work/$1.io.sock" --save '' --io-threads 2 \
        --io-threads-do-reads yes --dir "$work" >"$work/$1.log" 2>&1 &
    STARTED=$!
    pids+=("$STARTED")
    wait_for redis-cli -s "$work/$1.io.sock" ping
}
client_redis_io() {
    redis_answers "$work/$1.io.sock"
    exec redis-benchmark -s "$work/$1.io.sock" -n 60000 -r 10000 -t set,get -l -q
}
answered_redis_io() {
    answered_redis "$1.io"
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
start_postgres() {
    local bin dir=$work/pg.$1
    bin=$(echo /usr/lib/postgresql/*/bin)
    [ -x "$bin/pgbench" ] && [ "$(id -u)" = 0 ] || return
    if [ ! -e "$dir/data" ]; then
        mkdir -m 711 -p "$dir/out" "$run/pg.$1" && chown -R postgres "$dir" "$run/pg.$1" || return
        as_postgres "$bin/initdb" -D "$dir/data" -N -A trust >"$work/$1.log" 2>&1 || return
    fi
    CPROF_DIR=$dir/out CPROF_RUN_DIR=$run/pg.$1 LD_PRELOAD=${2-} taskset -c 0 setpriv --reuid postgres --regid postgres \
        --clear-groups "$bin/postgres" -D "$dir/data" -c listen_addresses= -k "$dir" -c fsync=off >"$work/$1.log" 2>&1 &
    STARTED=$!
    pids+=("$STARTED")
    wait_for as_postgres "$bin/pg_isready" -q -h "$dir" || return
    [ -e "$dir/filled" ] ||
        { as_postgres "$bin/createdb" -h "$dir" bench && as_postgres "$bin/pgbench" -h "$dir" -i -s 2 -q bench >"$work/$1.log" 2>&1; } || return
    touch "$dir/filled"
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
    if [ ! -e "$dir/data" ]; then
        mkdir -p "$dir"
        mariadb-install-db --no-defaults --user="$(id -un)" --datadir="$dir/data" \
            --auth-root-authentication-method=normal >"$work/$1.log" 2>&1 || return
    fi
    LD_PRELOAD=${2-} taskset -c 0 mariadbd --no-defaults --user="$(id -un)" --datadir="$dir/data" --socket="$dir/socket" \
        --pid-file="$dir/pid" --skip-networking >"$work/$1.log" 2>&1 &
    STARTED=$!
    pids+=("$STARTED")
    wait_for mariadb-admin --no-defaults -S "$dir/socket" ping
}
# mariadb_answers NAME: how many queries the server has been given so far.
mariadb_answers() {
    mariadb-admin --no-defaults -S "$work/my.$1/socket" -u root status | sed -n 's/.*Questions: \([0-9]*\).*/\1/p'
}
client_mariadb() {
    mariadb_answers "$1"
    exec taskset -c 1 mariadb-slap --no-defaults -S "$work/my.$1/socket" -u root --auto-generate-sql \
        --auto-generate-sql-load-type=read --concurrency=4 --number-of-queries=100000000
}
answered_mariadb() {
    awk -v now="$(mariadb_answers "$1")" 'NR == 1 { print now - $1; exit }'
}

# What libraries that do nothing cost the servers that are slowed most.
bare_hooks() {
    local PRELOADED=$BIN/bare_hooks.so BOUND=-
    compare_servers "nginx, wrk, under hooks that do nothing" nginx
    compare_servers "PostgreSQL, under hooks that do nothing" postgres
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
    bare_hooks
}
