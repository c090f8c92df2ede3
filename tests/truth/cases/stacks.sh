# Stacks: at least 99.9 % of them, by what they count for, reach where their program or thread starts.
truths+=(stacks_cpp stacks_redis stacks_postgres)

# Under CPU samples at 1000 Hz, and heap samples that are neither few nor all.
sampling() {
    export CPROF_CPU_RATE=1000 CPROF_HEAP_RATE=64k
}

# reach NAME KIND: adds up the profiles of all processes. Counts samples: CPU ticks, allocated objects.
reach() {
    local f n=0 kind=$2 name="$1 $2"
    : >"$work/reach"
    for f in "$work"/out/*."$kind".pb.gz; do
        if [ -f "$f" ]; then
            "$BIN/totals" "$f" >"$work/totals" || { fail "$name" "unreadable: $f"; return; }
            grep -E '^(rooted|settled|truncated|unrooted) ' "$work/totals" >>"$work/reach"
            n=$((n + 1))
        fi
    done
    # Value 1 is samples in cpu profiles, alloc_objects in allocs profiles.
    awk -v n=$n '{ v = $1 == "unrooted" ? $4 : $2; sum[$1] += v; all += v }
        END { if (!all) all = 1e-9
              printf "%.0f %.5f %.5f %.5f %d\n", all, (sum["rooted"] + sum["settled"]) / all,
                     sum["settled"] / all, sum["truncated"] / all, n }' "$work/reach" >"$work/share"
    local all share settled truncated
    read -r all share settled truncated n <"$work/share"
    echo "# $name: $all samples of $n processes, $share reach the start ($settled as a thread's unsampled rest), $truncated truncated"
    # Where the unwinder stopped, and from which leaf.
    awk '$1 == "unrooted" { sum[$2 " from " $3] += $4 } END { for (k in sum) print sum[k], k }' "$work/reach" |
        sort -rn | head -n 5 | sed 's/^/#     ends in: /'
    claim "$name: stacks that reach main or the thread's start" "100 %" "$(awk "BEGIN { printf \"%.3f %% of %d\", 100 * $share, $all }")" ">= 99.9 %"
    if holds "$all < 200"; then
        fail "$name" "too few samples to say"
    elif holds "$share < 0.999"; then
        fail "$name" "less than 99.9 % reach the start"
    else
        pass "$name"
    fi
}

truth_stacks_cpp() {
    sampling
    agent "$BIN/stacks" "${LONG:+2}4" || { fail stacks_cpp "the program failed"; return; }
    reach stacks_cpp cpu
    reach stacks_cpp allocs
}

redis_answers() {
    [ "$(redis-cli -s "$work/redis.sock" ping 2>/dev/null)" = PONG ]
}

truth_stacks_redis() {
    local server requests=${LONG:+2000000}
    requests=${requests:-150000}
    if ! command -v redis-server redis-benchmark >/dev/null; then
        skip stacks_redis "redis is not installed"
        return
    fi
    sampling
    (cd "$work" && agent exec redis-server --port 0 --unixsocket "$work/redis.sock" --save '' --io-threads 2 \
        >"$work/redis.log" 2>&1) &
    server=$!
    if wait_for redis_answers; then
        redis-benchmark -q -s "$work/redis.sock" -n "$requests" -P 4 -r 10000 \
            -t set,get,incr,lpush,rpop,sadd,hset,zadd,lrange_100,mset >/dev/null 2>&1
        redis-cli -s "$work/redis.sock" eval 'local s = 0 for i = 1, 3000000 do s = s + i end return s' 0 >/dev/null
    fi
    kill "$server"
    wait "$server"
    reach stacks_redis cpu
    reach stacks_redis allocs
}

# as_postgres COMMAND...: as the user that the server may run as.
as_postgres() {
    setpriv --reuid postgres --regid postgres --clear-groups env HOME="$work/pg" PGDATA="$work/pg/data" "$@"
}

# PostgreSQL: the server, and its sessions and helpers, processes that are forked from it.
truth_stacks_postgres() {
    local bin seconds=${LONG:+60}
    seconds=${seconds:-6}
    bin=$(echo /usr/lib/postgresql/*/bin)
    if [ ! -x "$bin/pgbench" ] || [ "$(id -u)" != 0 ]; then
        skip stacks_postgres "needs PostgreSQL, and root to become its user"
        return
    fi
    sampling
    mkdir "$work/pg" && chown postgres "$work/pg" "$work/out" "$work/run"
    as_postgres "$bin/initdb" -N -A trust >"$work/initdb.log" 2>&1 || { fail stacks_postgres "initdb failed"; return; }
    as_postgres env LD_PRELOAD="$AGENT" "$bin/pg_ctl" -w -l "$work/pg/log" \
        -o "-c listen_addresses='' -k $work/pg -c fsync=off" start >"$work/pg_ctl.log" 2>&1
    as_postgres "$bin/createdb" -h "$work/pg" bench &&
        as_postgres "$bin/pgbench" -h "$work/pg" -i -s 3 -q bench >/dev/null 2>&1 &&
        as_postgres "$bin/pgbench" -h "$work/pg" -c 4 -j 1 -C -T 1 bench >/dev/null 2>&1 &&
        as_postgres "$bin/pgbench" -h "$work/pg" -c 4 -j 1 -T "$seconds" bench >/dev/null 2>&1
    as_postgres "$bin/pg_ctl" -w -m fast stop >/dev/null 2>&1
    reach stacks_postgres cpu
    reach stacks_postgres allocs
}
