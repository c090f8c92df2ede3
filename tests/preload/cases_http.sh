# CPROF_HTTP: who starts a server, how, and that the program does not see it. The server is one of our
# own, which writes down what it is given and ends with the process that it is for.

with_server() {
    mkdir -p "$D/lib" "$D/served"
    cp "$LIB" "$D/lib/"
    LIB=$D/lib/libcpprof.so
    cat >"$D/lib/cpprof" <<'SERVER'
#!/bin/bash
# cpprof serve --listen ADDR --pid PID --for-process START
out=$(dirname "$0")/../served/$5
[ ! -e "$out" ] || out=$out.$$
fds=$(for fd in /proc/$$/fd/*; do [ "${fd##*/}" -lt 200 ] && echo "fd ${fd##*/} $(readlink "$fd")"; done)
exec 2>/dev/null
{
    printf '%s\n' "$@" | paste -sd ' '
    echo "$fds"
    grep -E '^(SigBlk|SigIgn):' /proc/$$/status
    echo "session $(ps -o sid= -p $$ | tr -d ' ') pid $$ cwd $(readlink /proc/$$/cwd)"
    tr '\0' '\n' </proc/$$/environ | sed 's/^/env /'
} >"$out.tmp"
mv "$out.tmp" "$out"
while [ "$(cut -d ' ' -f 22 "/proc/$5/stat" 2>/dev/null)" = "$7" ]; do
    sleep 0.02
done
SERVER
    chmod +x "$D/lib/cpprof"
    SETTINGS+=(CPROF_HTTP="${HTTP:-:6061}")
}
servers() {
    find "$D/served" -type f ! -name '*.tmp' | wc -l
}
expect_servers() {
    settles has_servers "$1" || fail "$(servers) servers, not $1"
}
has_servers() {
    [ "$(servers)" = "$1" ]
}
served() { # the pid that a server is for
    (cd "$D/served" && ls | head -n 1)
}
fact_of_server() {
    grep "^$1 " "$D/served/$(served)" | head -n 1
}

case_http_starts_a_server() {
    with_server
    RATE=0
    start cpu_window 0 0 0 1
    expect_servers 1
    local start file=$D/served/$STARTED
    start=${ARENA##*.}
    [ "$(head -n 1 "$file")" = "serve --listen :6061 --pid $STARTED --for-process $start" ] || fail "$(head -n 1 "$file")"
    [ "$(cat "$D/run/http._6061")" = "$STARTED $start" ] || fail "claim $(cat "$D/run/http._6061")"
    [ "$(stat -c %a "$D/run/http._6061")" = 600 ] || fail "claim of mode $(stat -c %a "$D/run/http._6061")"
    [ "$(fact_of_server 'fd 0')$(fact_of_server 'fd 1')" = "fd 0 /dev/nullfd 1 /dev/null" ] || fail "$(grep ^fd "$file")"
    [ "$(grep -c '^fd [3-9] ' "$file")" -le 1 ] || fail "$(grep ^fd "$file")" # bash's own
    grep -q '^SigBlk:.*00000000000[01]0000$' "$file" || fail "$(grep ^SigBlk "$file")"
    [ "$(awk '$1 == "session" {print $2 == $4, $6}' "$file")" = "1 /" ] || fail "$(fact_of_server session)"
    grep -q "^env CPROF_RUN_DIR=$D/run" "$file" && grep -q "^env CPROF_DIR=$D/prof" "$file" || fail "no directories in its environment"
    ! grep -q '^env LD_PRELOAD' "$file" || fail "the agent is preloaded into it"
    finish
    tidy
}
# There is an arena before there is anything to record.
case_http_arena_from_the_start() {
    with_server
    RATE=0 HEAP=0
    SETTINGS+=(CPROF_MUTEX_FRACTION=0 CPROF_BLOCK_RATE=0)
    agent sh -c 'echo $$ >"$0"; while [ ! -e "$1/$(cat "$0")" ]; do :; done; ls "$2"/$(cat "$0").*' "$D/pid" "$D/served" "$D/run"
    [ "$(cat "$D/agent.status")" = 0 ] || fail "$(cat "$D/agent.err")"
    tidy
}
case_http_unix() {
    HTTP=unix:dir/socket
    with_server
    agent "$P/victim"
    expect_servers 1
    grep -q -- "--listen unix:$PWD/dir/socket --pid" "$D/served/"* || fail "$(head -n 1 "$D/served/"*)"
    tidy
}

case_http_state() { with_server && same state; }
case_http_descriptors() { with_server && same closefrom; }
case_http_storm() {
    with_server
    agent "$P/storm" 1 "$P/libs/plugin_cxx.so"
    [ "$(cat "$D/agent.out")$(cat "$D/agent.err")" = done ] || fail "$(cat "$D/agent.out" "$D/agent.err")"
    tidy
}
case_http_wait_sees_nothing() { with_server && waiter; }
case_http_crash_leaves_a_stale_claim() {
    with_server
    LEFT=any
    agent "$P/exits" kill
    expect_servers 1
    rm -f "$D/run/"[0-9]* "$D/served/"*
    agent "$P/victim"
    expect_servers 1
    tidy
}

# Children are silent, whatever they are.
case_http_children() {
    with_server
    # shellcheck disable=SC2016 # the other shell's
    agent sh -c '"$0" & "$0" & wait; "$0"; (exec "$0"); sleep 0.3; true' "$P/victim"
    [ ! -s "$D/agent.err" ] || fail "stderr $(head -n 1 "$D/agent.err")"
    expect_servers 1
    tidy
}
case_http_children_say_so() {
    with_server
    SETTINGS+=(CPROF_VERBOSE=1)
    # shellcheck disable=SC2016
    agent sh -c '"$0"; true' "$P/victim"
    grep -q '^cpprof: CPROF_HTTP is served for another process: [0-9]*$' "$D/agent.err" || fail "$(head -n 1 "$D/agent.err")"
}
case_http_exec_of_itself() {
    with_server
    same exec_loop execve 100
    expect_servers 1
}
case_http_fork_from_threads() {
    with_server
    same fork_threads 60
    expect_servers 1
}
# The process that stays is served, when those before it have ended; its child is not.
case_http_daemon() {
    with_server
    agent "$P/leave" 3000
    expect_servers 2
    [ -f "$D/served/$(head -n 1 "$D/agent.out")" ] || fail "served: $(ls "$D/served"), not $(cat "$D/agent.out")"
    while [ -d "/proc/$(head -n 1 "$D/agent.out")" ]; do
        sleep 0.1
    done
    [ ! -s "$D/agent.err" ] || fail "stderr $(head -n 1 "$D/agent.err")"
    [ "$(servers)" = 2 ] || fail "$(servers) servers"
    tidy
}
case_http_claim_of_a_living_process() {
    LEFT=1
    with_server
    echo "$$ $(cut -d ' ' -f 22 "/proc/$$/stat")" >"$D/run/http._6061"
    chmod 600 "$D/run/http._6061"
    same victim
    [ "$(servers)" = 0 ] || fail "$(servers) servers"
}
case_http_claim_is_stale() {
    with_server
    local claim
    # this shell had another start; nobody; no claim at all
    for claim in "$$ 1" "4194305 5" "nonsense" ""; do
        rm -f "$D/served/"*
        echo "$claim" >"$D/run/http._6061"
        chmod 600 "$D/run/http._6061"
        same victim
        expect_servers 1
    done
}
case_http_claim_is_a_link() {
    LEFT=any
    with_server
    ln -s "$D/elsewhere" "$D/run/http._6061"
    plain "$P/victim"
    agent "$P/victim"
    messages 1 "CPROF_HTTP: not served, cannot write "
    compare
    [ ! -e "$D/elsewhere" ] || fail "followed the link"
}
case_http_no_command() {
    with_server
    rm "$D/lib/cpprof"
    plain "$P/victim"
    agent "$P/victim"
    messages 1 "CPROF_HTTP: not served, there is no command "
    compare
    tidy
}
case_http_limit_fsize() {
    with_server
    SETTINGS+=(CPROF_EXE=victim)
    # shellcheck disable=SC2016
    local script='prlimit --fsize=0 "$0" 2>&1 | grep -v "^cpprof: cannot write"; exit ${PIPESTATUS[0]}'
    plain bash -c "$script" "$P/victim"
    agent bash -c "$script" "$P/victim"
    grep -q "^cpprof: CPROF_HTTP: not served, cannot write .*http._6061: File too large" "$D/agent.out" || fail "$(cat "$D/agent.out")"
    sed -i '/^cpprof: CPROF_HTTP/d' "$D/agent.out"
    compare
}
case_http_process_1() {
    need_root
    unshare --pid --fork true 2>/dev/null || skip "needs pid namespaces"
    with_server
    agent_env
    run_as agent unshare --pid --fork --mount-proc "${ENV[@]}" "$P/waiter"
    messages 1 "CPROF_HTTP: not served, this program would find the server among its children"
    [ "$(servers)" = 0 ] || fail "$(servers) servers"
    [ "$(cat "$D/agent.status")" = 0 ] || fail "$(cat "$D/agent.out")"
}
case_http_exe_filter() {
    with_server
    SETTINGS+=(CPROF_EXE='other*')
    same victim
    [ "$(servers)" = 0 ] || fail "$(servers) servers"
}
case_http_and_windows() {
    with_server
    window 0 1000 60 cpu_window 20 10 10 20
    expect_truth
}
case_garbage_http() {
    local value
    for value in localhost localhost: :port :66666 unix: a:b:c :123456 host/x:80 "$(printf 'x%.0s' $(seq 300)):80"; do
        rm -rf "$D/prof" && mkdir "$D/prof"
        garbage CPROF_HTTP "$value"
    done
}
