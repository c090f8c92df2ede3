# nginx: a master that forks workers, and keeps USR2 to itself: it starts a new executable. That one
# has no variables but those that the configuration names.

nginx_prepare() {
    PORT=$(free_port)
    rm -rf "$D/nginx"
    mkdir -p "$D/nginx/html"
    head -c 20000 /dev/zero | tr '\0' x >"$D/nginx/html/page.txt"
    cat >"$D/nginx/conf" <<END
daemon $1;
user root;
$(printf 'env %s;\n' LD_PRELOAD CPROF_DIR CPROF_RUN_DIR CPROF_CPU_RATE CPROF_HEAP_RATE)
worker_processes 2;
pid $D/nginx/pid;
error_log $D/nginx/error.log notice;
events { worker_connections 256; }
http {
    access_log $D/nginx/access.log;
    client_body_temp_path $D/nginx/body;
    proxy_temp_path $D/nginx/proxy;
    fastcgi_temp_path $D/nginx/fastcgi;
    uwsgi_temp_path $D/nginx/uwsgi;
    scgi_temp_path $D/nginx/scgi;
    keepalive_requests 100000000;
    types { text/plain txt; }
    server { listen 127.0.0.1:$PORT; root $D/nginx/html; }
}
END
}
nginx_load() {
    $PYTHON "$HERE/programs/load.py" http "$PORT" "$1" 8 /page.txt 2>"$D/load.err" || fail "load: $(tail -n 1 "$D/load.err")"
}
nginx_up() {
    wait_for listening "$PORT" || fail "nginx does not listen: $(tail -n 1 "$D/nginx/error.log")"
    MASTER=$(cat "$D/nginx/pid")
    own "$MASTER"
    read -r -a WORKERS <<<"$(cat "/proc/$MASTER/task/$MASTER/children")"
}
# The CPU time of a worker, in ticks of 10 ms.
nginx_used() {
    awk '{ sub(/.*\) /, ""); print $12 + $13 }' "/proc/$1/stat"
}
# Loads until a worker has enough of it for shares that do not jump about: how many of the connections a
# worker takes, and what a request costs, are the machine's.
nginx_work() {
    local worker _
    for _ in $(seq 50); do
        nginx_load "$(more 10000)"
        for worker in "${WORKERS[@]}"; do
            [ "$(nginx_used "$worker")" -lt 25 ] || return 0
        done
    done
    fail "no worker has used 0.25 s of CPU"
}
nginx_ended() {
    local pid
    for pid in "$MASTER" "${WORKERS[@]}"; do
        wait_for gone "$pid" || fail "process $pid of nginx does not end"
    done
}

# What it logs, but for times, numbers of processes and the order in which these run. Signals that come
# close together are one.
nginx_errors() {
    sed -E 's|^[0-9/]+ [0-9:]+ ||; s/[0-9]+#[0-9]+/N/; s/[0-9]+/N/g' "$D/nginx/error.log" | sort
}

nginx_session() {
    nginx_prepare off
    start "$1" "$(command -v nginx)" -e "$D/nginx/error.log" -c "$D/nginx/conf"
    nginx_up
    nginx_load "$(more 10000)"
    if [ "$1" = with ]; then
        local worker
        nginx_work &
        local load=$!
        sleep 0.3
        for worker in "${WORKERS[@]}"; do
            kill -USR2 "$worker" # nginx has a handler, and a worker does no more than log it
            CPROF_RUN_DIR=$D/run ask_cpprof "$worker"
        done
        wait $load || exit 1
    fi
    kill -QUIT "$MASTER"
    finish "$1"
    nginx_ended
    nginx_errors | grep -v ' signal N ' >"$D/$1.errors"
}

# The worker with the more to do: connections need not be shared out evenly.
nginx_busier() {
    local worker n most=-1
    for worker in "${WORKERS[@]}"; do
        n=$("$PROGRAMS/totals" "$(profile "$worker" "$(last_seq "$worker")" cpu)" | sed -n 's/^total \([0-9]*\).*/\1/p')
        [ "${n:-0}" -gt "$most" ] && most=$n && echo "$worker"
    done | tail -n 1
}

nginx_profiles() {
    local busy cpu
    busy=$(nginx_busier)
    wait_for dumped "$busy" "$(last_seq "$busy")" || fail "no names in the profiles of worker $busy"
    good_dump "$busy" "$(last_seq "$busy")"
    cpu=$(profile "$busy" "$(last_seq "$busy")" cpu)
    among_top "$cpu" 90 main ngx_master_process_cycle ngx_spawn_process
    # The rest of a worker is its start: initgroups asks the name services for 5 to 60 ms.
    among_top "$cpu" 60 ngx_process_events_and_timers
    among_top "$cpu" 20 ngx_http_core_run_phases ngx_http_output_filter
    among_top "$cpu" 3 '(__libc_|__)?writev'
    TYPE=1 among_top "$(profile "$busy" "$(last_seq "$busy")" allocs)" 50 ngx_alloc
}

case_nginx() {
    local worker
    need nginx
    nginx_session without
    nginx_session with
    alike
    diff "$D/without.errors" "$D/with.errors" >"$D/differ" || fail "it logs other things: $(grep '^[<>]' "$D/differ" | head -n 3)"
    [ "$(grep -c 'SIGUSR2.*ignoring' "$D/nginx/error.log")" = 2 ] || fail "nginx did not get its USR2"
    for worker in "${WORKERS[@]}"; do
        [ "$(last_seq "$worker")" = 2 ] || fail "worker $worker has $(last_seq "$worker") dumps: one by cpprof and one at exit were to be"
        good_dump "$worker" 1
        diffs "$(profile "$worker" 1 heap)" "$(profile "$worker" 2 heap)"
    done
    nginx_profiles
    rooted
    tidy
}

nginx_upgraded() {
    [ -f "$D/nginx/pid.oldbin" ] && [ -s "$D/nginx/pid" ] && [ "$(cat "$D/nginx/pid")" != "$MASTER" ]
}

# As a daemon, which changes its directory and leaves its parent; and upgraded, which USR2 is for.
case_nginx_daemon() {
    local old
    need nginx
    nginx_prepare on
    start with "$(command -v nginx)" -e "$D/nginx/error.log" -c "$D/nginx/conf"
    finish with
    [ "$(cat "$D/with.status")" = 0 ] || fail "status $(cat "$D/with.status"): $(tail -n 1 "$D/with.err")"
    nginx_up
    nginx_work
    old=$MASTER
    kill -USR2 "$old"
    wait_for nginx_upgraded || fail "USR2 does not upgrade it: $(tail -n 1 "$D/nginx/error.log")"
    own "$(cat "$D/nginx/pid")"
    kill -QUIT "$old"
    nginx_ended
    nginx_profiles
    nginx_up # the new one
    nginx_work
    kill -QUIT "$MASTER"
    nginx_ended
    nginx_profiles
    [ "$(last_seq "$old")" -le 1 ] || fail "USR2 made the master dump"
    [ ! -s "$D/with.out" ] && [ ! -s "$D/with.err" ] || fail "prints: $(cat "$D/with.out" "$D/with.err")"
    rooted
    tidy
}
