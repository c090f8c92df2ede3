# Databases: SQLite's shell on a real load, PostgreSQL with pgbench and after crashes, its own regression
# tests, MariaDB with sysbench and after a crash.

# ---- SQLite

sqlite_work() {
    same_output bulk '' sqlite3 bulk.db 'create table t(a integer primary key, b text, c real); begin;
        with recursive n(i) as (select 1 union all select i + 1 from n where i < 150000) insert into t select i, hex(i * 7919 % 65537) || "x" || i, i / 3.0 from n;
        commit; create index tb on t(b); create index tc on t(c desc); analyze; select count(*), sum(length(b)), round(sum(c)) from t;
        update t set b = b || "y" where a % 3 = 0; delete from t where a % 7 = 0; select count(*), max(b), min(c) from t; vacuum; pragma integrity_check;'
    same_output queries '' sqlite3 bulk.db 'select a % 10 g, count(*), avg(c) from t group by g order by g; select count(*) from t x join t y on x.b = y.b;
        select sum(w) from (select row_number() over (partition by a % 100 order by b) w from t);
        select group_concat(b, ",") from (select b from t order by c desc limit 20);'
    same_output fts '' sqlite3 fts.db 'create virtual table f using fts5(x); insert into f with recursive n(i) as (select 1 union all select i + 1 from n where i < 20000)
        select "word" || (i % 97) || " other" || (i % 31) from n; select count(*) from f where f match "word5 AND other7"; insert into f(f) values("optimize"); select count(*) from f where f match "wo*";'
    same_output json_and_rtree '' sqlite3 j.db 'create table j(x); insert into j with recursive n(i) as (select 1 union all select i + 1 from n where i < 20000)
        select json_object("a", i, "b", json_array(i, i + 1)) from n; select sum(json_extract(x, "$.b[1]")) from j;'
    same_output backup '' sqlite3 bulk.db '.backup copy.db' '.open copy.db' 'select count(*) from t;' 'pragma quick_check;'
    same_output dump '' sh -c 'sqlite3 fts.db .dump | md5sum; sqlite3 bulk.db .dump | sqlite3 again.db && sqlite3 again.db "select count(*) from t"'
    same_output wal_writers '' sh -c 'sqlite3 w.db "pragma journal_mode=wal; create table w(n)"; for i in 1 2 3 4; do
        (for k in $(seq 40); do echo "pragma busy_timeout=60000; begin immediate; insert into w values($i); commit;"; done | sqlite3 w.db >/dev/null) & done; wait
        sqlite3 w.db "select n, count(*) from w group by n; pragma integrity_check"'
    same_output killed_writer '' sh -c 'sqlite3 k.db "create table k(n)"; (yes "insert into k values(1);" | sqlite3 k.db) & sleep 1; kill -9 $(pgrep -P $! sqlite3) 2>/dev/null; kill -9 $! 2>/dev/null; wait 2>/dev/null
        sleep 0.2; sqlite3 k.db "pragma busy_timeout=20000; pragma integrity_check; select count(*) > 0 from k"'
}

suite_sqlite() {
    need sqlite3
    version "$(sqlite3 --version | cut -d ' ' -f 1)"
    unit shell sqlite_work
}

# ---- PostgreSQL

AS_POSTGRES='setpriv --reuid postgres --regid postgres --clear-groups'
pg() {
    $AS_POSTGRES env HOME="$D" "${ENV[@]}" "$@"
}
# In the background a function would be a shell that waits for the postmaster, and ignores SIGINT.
pg_start() {
    $AS_POSTGRES env HOME="$D" "${ENV[@]}" "$BIN/postgres" -D "$D/data" -c listen_addresses= -k "$D" -c fsync=off -c "$1" >>"$D/log" 2>&1 &
    SERVER=$!
    own $SERVER
    wait_for pg "$BIN/pg_isready" -q -h "$D"
}
pg_ask() {
    pg "$BIN/psql" -h "$D" -At -c "$1" bench 2>&1 | tail -n 1
}
# pgbench moves money: whatever happened, these four sums are one. (With -n: else it empties the history.)
pg_consistent() {
    pg_ask 'select (select sum(abalance) from pgbench_accounts) = all (array[(select sum(tbalance) from pgbench_tellers), (select sum(bbalance) from pgbench_branches),
        (select coalesce(sum(delta), 0) from pgbench_history)])'
}
pg_session() {
    local victim load
    chown postgres "$D" "$(dirname "$D")/out" "$(dirname "$D")/run"
    : >pids
    pg "$BIN/initdb" -D "$D/data" -N -A trust >initdb.log 2>&1
    outcome initdb "$?"
    pg_start jit=off
    outcome starts "$?"
    pg "$BIN/createdb" -h "$D" bench
    pg "$BIN/pgbench" -h "$D" -i -s 3 -q bench >bench.log 2>&1
    outcome "pgbench -i" "$?"
    pg "$BIN/pgbench" -n -h "$D" -c 6 -j 2 -t 300 bench >bench.log 2>&1
    outcome pgbench "status $?, $(sed -n 's/^number of transactions actually processed: //p; s/^number of failed transactions: //p' bench.log | tr '\n' ' ')"
    outcome consistent "$(pg_consistent)"
    pg_ask 'set max_parallel_workers_per_gather = 4; set min_parallel_table_scan_size = 0; set parallel_setup_cost = 0; set parallel_tuple_cost = 0; select count(*), sum(hashtext(filler)) from pgbench_accounts' >answer
    outcome "parallel query" "$(cat answer)"
    # A backend dies: the postmaster ends all others and starts again.
    pg "$BIN/pgbench" -n -h "$D" -c 4 -T 4 bench >bench.log 2>&1 &
    load=$!
    sleep 1.5
    victim=$(pg_ask "select pid from pg_stat_activity where backend_type = 'client backend' and application_name = 'pgbench' limit 1")
    kill -KILL "$victim"
    wait $load
    outcome "clients of a backend that was killed" "status $?"
    wait_for pg "$BIN/pg_isready" -q -h "$D"
    wait_for pg_answers
    outcome "consistent after a backend was killed" "$(pg_consistent)"
    # All of it dies.
    pg "$BIN/pgbench" -n -h "$D" -c 4 -T 4 bench >bench.log 2>&1 &
    load=$!
    sleep 1.5
    kill -STOP "$SERVER" # or it would see its children die, and start others
    end_with_children "$SERVER"
    wait $load
    wait_for gone "$SERVER"
    rm -f data/postmaster.pid .s.PGSQL.*
    pg_start jit=off
    outcome "starts after a crash" "$?"
    wait_for pg_answers
    outcome "consistent after a crash" "$(pg_consistent)"
    outcome "amcheck" "$(pg "$BIN/pg_amcheck" -h "$D" --install-missing bench 2>&1 | tail -n 1)"
    pg_ask "select pg_reload_conf()" >/dev/null
    kill -INT "$SERVER" # fast
    wait "$SERVER"
    outcome "stops" "$?"
    outcome "panics" "$(grep -c PANIC log)"
    end_owned pids
}
pg_answers() {
    [ "$(pg_ask 'select 1')" = 1 ]
}

# PostgreSQL's regression tests, in the order of their schedule: what psql prints for each file has to be one of
# the expected outputs. Most need functions of regress.so, which is in no package, or objects that are made by those.
pg_build_regress() {
    [ -f "$SOURCES/postgresql-15/src/test/regress/regress.so" ] || (cd "$SOURCES/postgresql-15" &&
        ./configure -q --without-readline --without-zlib && make -s -C src/test/regress regress.so) >"$S/regress.log" 2>&1
}
pg_regress() {
    local group test file found
    cp -r "$SOURCES/postgresql-15/src/test/regress" "$D/regress"
    chown -R postgres "$D" "$(dirname "$D")/out" "$(dirname "$D")/run"
    : >pids
    pg "$BIN/initdb" -D "$D/data" -N -A trust --no-locale -E UTF8 >initdb.log 2>&1
    pg_start autovacuum=off
    cd "$D/regress" || return 1
    mkdir -p results && chown postgres results
    pg "$BIN/psql" -X -q -h "$D" -d postgres -c "create database regression template template0" \
        -c "alter database regression set lc_messages to 'C'" -c "alter database regression set datestyle to 'postgres, mdy'" \
        -c "alter database regression set timezone to 'PST8PDT'" -c "alter database regression set intervalstyle to 'postgres_verbose'"
    while read -r group; do
        local running=()
        for test in $group; do
            pg env PGTZ=PST8PDT PGDATESTYLE='Postgres, MDY' PG_ABS_SRCDIR="$D/regress" PG_ABS_BUILDDIR="$D/regress" PG_LIBDIR="$D/regress" PG_DLSUFFIX=.so \
                timeout 120 "$BIN/psql" -X -a -q -h "$D" -d regression -v HIDE_TABLEAM=on -v HIDE_TOAST_COMPRESSION=on <"sql/$test.sql" >"results/$test.out" 2>&1 &
            running+=($!)
            [ ${#running[@]} -lt 10 ] || wait "${running[@]}"
        done
        wait "${running[@]}"
        for test in $group; do
            found=failed
            for file in "expected/$test.out" "expected/${test}"_[0-9].out; do
                [ -f "$file" ] && diff -q -w "$file" "results/$test.out" >/dev/null && found=ok
            done
            outcome "$test" "$found"
            [ $found = ok ] || diff -w "expected/$test.out" "results/$test.out" | head -n 100 >"$TEXTS/$test"
        done
    done < <(sed -n 's/^test: //p' parallel_schedule)
    kill -INT "$SERVER"
    wait "$SERVER"
    outcome "stops" "$?"
    cd "$D" && outcome "died" "$(grep -c 'was terminated by signal' log)"
    end_owned pids
}

suite_postgres() {
    BIN=$(echo /usr/lib/postgresql/*/bin)
    [ -x "$BIN/pgbench" ] || skip "PostgreSQL is not installed"
    [ "$(id -u)" = 0 ] || skip "only root can become its user"
    export BIN
    version "$("$BIN/postgres" --version | awk '{ print $3 }')"
    unit pgbench_and_crashes pg_session
    if ! (source_of postgresql-15 >"$S/none"); then
        skip_unit regress "$(tail -n 1 "$S/none")"
    elif ! pg_build_regress; then
        skip_unit regress "regress.so does not build: $(tail -n 1 "$S/regress.log")"
    else
        unit regress pg_regress
    fi
}

# ---- MariaDB

maria_start() {
    "${ENV[@]}" mariadbd --no-defaults --user=root --datadir="$D/data" --socket="$D/sock" --skip-networking --pid-file="$D/pid" \
        --innodb-buffer-pool-size=64M --innodb-flush-log-at-trx-commit=2 "$@" >>"$D/log" 2>&1 &
    SERVER=$!
    own $SERVER
    wait_for maria_answers
}
maria() {
    mariadb --no-defaults -S "$D/sock" -u root -N "$@"
}
maria_answers() {
    maria -e 'select 1' >/dev/null 2>&1
}
# maria_bench TEST COMMAND ARGS...
maria_bench() {
    "${ENV[@]}" sysbench "$1" --mysql-socket="$D/sock" --mysql-user=root --mysql-db=bench --tables=2 --table-size=5000 --threads=6 "${@:3}" "$2" >bench.log 2>&1
    outcome "sysbench $1 $2" "status $?, $(sed -nE 's/^ +(reconnects): +([0-9]+).*/\1 \2/p' bench.log | tr '\n' ' ')"
}
maria_session() {
    local load
    : >pids
    "${ENV[@]}" mariadb-install-db --no-defaults --user=root --datadir="$D/data" --auth-root-authentication-method=normal --skip-test-db >install.log 2>&1
    outcome "install" "$?"
    maria_start "$@"
    outcome starts "$?"
    maria -e 'create database bench'
    maria_bench oltp_read_write prepare
    maria_bench oltp_read_write run --time=0 --events=1500 --skip-trx=off
    maria_bench oltp_point_select run --time=0 --events=5000
    maria_bench oltp_delete run --time=0 --events=500
    outcome "check" "$(maria -e 'check table bench.sbtest1, bench.sbtest2' | cut -f 4 | sort -u)"
    sysbench oltp_write_only --mysql-socket="$D/sock" --mysql-user=root --mysql-db=bench --tables=2 --table-size=5000 --threads=4 --time=5 run >bench.log 2>&1 &
    load=$!
    sleep 2
    kill -KILL "$SERVER"
    wait $load
    wait_for gone "$SERVER"
    maria_start "$@"
    outcome "starts after a crash" "$?"
    outcome "check after a crash" "$(maria -e 'check table bench.sbtest1, bench.sbtest2' | cut -f 4 | sort -u)"
    maria_bench oltp_read_only run --time=0 --events=500
    kill -TERM "$SERVER"
    wait "$SERVER"
    outcome stops "$?"
    outcome "errors in the log" "$(grep -c '\[ERROR\]' log)"
    end_owned pids
}

suite_mariadb() {
    version "$(packaged mariadb-server)" || exit
    need sysbench mariadbd
    unit thread_for_each maria_session
    unit pool_of_threads maria_session --thread-handling=pool-of-threads
}
