# Programs that run and end: their CPU time, all processes together.
sections+=(bench_programs)

# The SQL of a small shop: rows that come, are found, change and are added up.
shop_sql() {
    cat <<'SQL'
CREATE TABLE orders (id INTEGER PRIMARY KEY, customer INTEGER, item TEXT, price REAL);
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 200000)
    INSERT INTO orders SELECT i, i * 7919 % 5000, 'item ' || i % 300, i % 97 * 1.5 FROM n;
CREATE INDEX by_customer ON orders (customer);
SELECT count(*) FROM (SELECT customer, sum(price) AS s, group_concat(item) FROM orders GROUP BY customer HAVING s > 100);
UPDATE orders SET price = price * 1.1 WHERE customer % 3 = 0;
SELECT item, avg(price) FROM orders WHERE item LIKE '%7' GROUP BY item ORDER BY 2 DESC LIMIT 5;
SQL
}

bench_programs() {
    if command -v sqlite3 >/dev/null; then
        shop_sql >"$work/shop.sql"
        compare "SQLite, 200000 rows: CPU time" ns "<= 1.02" "$BIN/cpu_of" sqlite3 "$work/shop.db" \
            ".read $work/shop.sql" "DROP TABLE orders;"
    fi
    compare "gcc -O2 of one file: CPU time" ns - "$BIN/cpu_of" gcc -O2 -w -c tests/bench/programs/ops_wait.c -D_GNU_SOURCE -o "$work/compiled.o"
}
