# PostgreSQL: a process for each connection, forked and gone again; all of another user.

# as_postgres COMMAND...
as_postgres() {
    setpriv --reuid postgres --regid postgres --clear-groups env HOME="$D/pg" "$@"
}
# What it logs, without times and numbers; helpers are started and ended in no fixed order.
postgres_log() {
    sed -E 's/^[0-9-]+ [0-9:.]+ [A-Z]+ \[[0-9]+\] //; s/[0-9]+(\.[0-9]+)?( MB)?/N/g' "$1" | grep -v -E 'checkpoint|redo done|invalid record|starting up|Broken pipe|connection to client lost' | sort
}

postgres_session() {
    local who=$1 sql='select count(*), sum(hashtext(filler)) from pgbench_accounts'
    rm -rf "$D/pg"
    mkdir "$D/pg"
    chown postgres "$D/pg" "$D/out" "$D/run"
    as_postgres "$BIN/initdb" -D "$D/pg/data" -N -A trust >"$D/initdb.log" 2>&1 || fail "initdb: $(tail -n 1 "$D/initdb.log")"
    start "$who" setpriv --reuid postgres --regid postgres --clear-groups "$BIN/postgres" -D "$D/pg/data" \
        -c listen_addresses= -k "$D/pg" -c fsync=off -c jit=off
    wait_for as_postgres "$BIN/pg_isready" -q -h "$D/pg" || fail "postgres does not answer: $(tail -n 1 "$D/$who.err")"
    as_postgres "$BIN/createdb" -h "$D/pg" bench || fail "createdb failed"
    as_postgres "$BIN/pgbench" -h "$D/pg" -i -s 2 -q bench >"$D/bench" 2>&1 || fail "pgbench -i: $(tail -n 1 "$D/bench")"
    as_postgres "$BIN/psql" -h "$D/pg" -At -c "$sql" bench >"$D/$who.answer" 2>&1 || fail "psql: $(cat "$D/$who.answer")"
    as_postgres "$BIN/pgbench" -h "$D/pg" -c 4 -T "$(more 5)" bench >"$D/bench" 2>&1 &
    local load=$! backend
    if [ "$who" = with ]; then
        sleep 2
        backend=$(pgrep -P "$PID" -f 'UPDATE|SELECT|INSERT|COMMIT|idle in transaction|BEGIN|bench' | head -n 1)
        ask_dump "$backend" 1
        BACKEND=$backend
    fi
    wait $load || fail "pgbench: $(tail -n 1 "$D/bench")"
    # Connections that come and go, each a process of its own.
    as_postgres "$BIN/pgbench" -h "$D/pg" -c 2 -C -S -T 1 bench >"$D/bench" 2>&1 || fail "pgbench -C: $(tail -n 1 "$D/bench")"
    kill -TERM "$PID" # waits for its clients
    finish "$who"
    postgres_log "$D/$who.err" >"$D/$who.log"
    : >"$D/$who.err"
}

case_postgres() {
    local f n=0
    BIN=$(echo /usr/lib/postgresql/*/bin)
    [ -x "$BIN/pgbench" ] || skip "PostgreSQL is not installed"
    [ "$(id -u)" = 0 ] || skip "only root can become its user"
    postgres_session without
    postgres_session with
    alike
    diff "$D/without.answer" "$D/with.answer" >"$D/differ" || fail "it answers otherwise: $(cat "$D/with.answer")"
    diff "$D/without.log" "$D/with.log" >"$D/differ" || fail "it logs other things: $(grep '^[<>]' "$D/differ" | head -n 3)"
    # Backends have each written their profiles at their end: one by the signal, too.
    good_dump "$BACKEND" 1
    good_dump "$BACKEND" 2
    diffs "$(profile "$BACKEND" 1 heap)" "$(profile "$BACKEND" 2 heap)"
    among_top "$(profile "$BACKEND" 2 cpu)" 90 main PostmasterMain PostgresMain
    among_top "$(profile "$BACKEND" 2 cpu)" 10 PortalRun standard_ExecutorRun
    TYPE=1 among_top "$(profile "$BACKEND" 2 allocs)" 50 PostgresMain
    TYPE=1 among_top "$(profile "$BACKEND" 2 allocs)" 20 pg_plan_queries palloc
    TYPE=1 among_top "$(profile "$BACKEND" 2 block)" 50 PostgresMain WaitEventSetWait
    TYPE=1 labelled "$(profile "$BACKEND" 2 block)" wait=poll 50
    wait_for no_temporary
    for f in "$D"/out/*.cpu.pb.gz; do
        wait_for symbolized "$f" || fail "no names in $f"
        complete "$f"
        complete "${f%.cpu.pb.gz}.allocs.pb.gz"
        n=$((n + 1))
    done
    note "$n processes or dumps"
    [ "$n" -ge 20 ] || fail "only $n profiles"
    rooted
    tidy
}
