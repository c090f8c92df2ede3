# nginx: reload, reopening of logs and binary upgrade while clients load it. No request may fail.

nginx_conf() {
    cat >"$D/conf" <<END
daemon off;
user root;
$(printf 'env %s;\n' LD_PRELOAD CPROF_DIR CPROF_RUN_DIR CPROF_SYMBOLIZE CPROF_CPU_RATE CPROF_HEAP_RATE CPROF_MUTEX_FRACTION CPROF_BLOCK_RATE)
worker_processes 2;
pid $D/pid;
error_log $D/error.log notice;
events { worker_connections 512; }
http {
    access_log $D/access.log;
    client_body_temp_path $D/body; proxy_temp_path $D/proxy; fastcgi_temp_path $D/fastcgi;
    uwsgi_temp_path $D/uwsgi; scgi_temp_path $D/scgi;
    proxy_cache_path $D/cache keys_zone=zone:1m;
    types { text/plain txt; }
    gzip on; gzip_min_length 100; gzip_types text/plain;
    server {
        listen 127.0.0.1:$PORT; root $D/html;
        location /proxied/ { proxy_pass http://127.0.0.1:$PORT/; proxy_cache zone; proxy_cache_valid 1s; proxy_buffers 4 4k; }
        location /limited/ { alias $D/html/; limit_rate 400k; }
    }
}
END
}

# What is asked for while the server changes; prints how many answers were wrong.
nginx_client() {
    "$PYTHON" "$HERE/cases/http_client.py" "$PORT" "$1" /page.txt /proxied/page.txt /proxied/big.txt /limited/page.txt
}

# Everything that the master is told, by signals; each waits for its effect.
nginx_life() {
    local load old
    PORT=$(free_port)
    mkdir -p html
    head -c 20000 /dev/zero | tr '\0' x >html/page.txt
    head -c 400000 /dev/urandom | base64 >html/big.txt
    nginx_conf
    : >pids
    (exec "${ENV[@]}" "$(command -v nginx)" -e "$D/error.log" -c "$D/conf") >"$TEXTS/printed" 2>&1 &
    own $!
    wait_for listening "$PORT"
    outcome starts "$?"
    nginx_client 12 >client 2>&1 &
    load=$!
    for step in 1 2 3; do
        sleep 0.5
        kill -HUP "$(cat pid)"
        wait_for nginx_reloaded "$step"
        outcome "reload $step" "$?"
    done
    mv access.log access.old
    kill -USR1 "$(cat pid)"
    wait_for test -s access.log
    outcome reopen "$?"
    old=$(cat pid)
    kill -USR2 "$old"
    wait_for nginx_has_two "$old"
    outcome "upgrade starts" "$?"
    own "$(cat pid)"
    kill -WINCH "$old" # the old one's workers end
    sleep 1
    kill -QUIT "$old"
    wait_for gone "$old"
    outcome "upgrade ends the old" "$?"
    wait $load
    outcome "clients" "status $?, $(tail -n 1 client)"
    old=$(cat pid)
    kill -QUIT "$old"
    wait_for gone "$old"
    outcome stops "$?"
    outcome "worse than notice" "$(grep -c -E '\[(warn|error|crit|alert|emerg)\]' error.log)"
    grep -E '\[(warn|error|crit|alert|emerg)\]' error.log | sed -E 's/[0-9]+/N/g' | sort | uniq -c >"$TEXTS/errors"
    outcome printed "$(wc -c <"$TEXTS/printed")"
    end_owned pids
}
nginx_reloaded() {
    [ "$(grep -c 'gracefully shutting down' error.log)" -ge $(($1 * 2)) ]
}
nginx_has_two() {
    [ -s pid.oldbin ] && [ -s pid ] && [ "$(cat pid)" != "$1" ]
}

suite_nginx() {
    need nginx
    version "$(nginx -v 2>&1 | sed 's|.*/||')"
    unit reload_and_upgrade nginx_life
    unit again nginx_life
}
