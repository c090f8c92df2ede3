# What goes wrong: targets that die, stop and come again; a server that is killed; crowds; slow and mad
# clients; arenas that are none. Nothing hangs, nothing is left behind, the target never notices.

# window PATH: asked for in the background; its status, when it comes, in $D/window.N, its pid added to
# WINDOWS.
window() {
    local n=${#WINDOWS[@]}
    curl -s -m 60 -o "$D/window.$n.body" -D "$D/window.$n.head" -w '%{http_code}\n' "$BASE$1" >"$D/window.$n" 3>&- 8>&- &
    WINDOWS+=($!)
}
# A window is under way when the server holds its connection.
windows_begun() {
    [ "$(ss -Htn state established "sport = :${BASE##*:}" 2>/dev/null | wc -l)" -ge "${#WINDOWS[@]}" ]
}
begin_windows() {
    local path
    WINDOWS=()
    for path in "$@"; do
        window "$path"
    done
    ! command -v ss >/dev/null || wait_for windows_begun || fail "the windows do not begin"
    sleep 0.5 # after the request comes the first snapshot
}
# windows_answer: each is a profile, or an error of pprof's; none hangs.
windows_answer() {
    local n=0 pid code
    for pid in "${WINDOWS[@]}"; do
        wait "$pid" || fail "window $n: curl's status $?"
        code=$(cat "$D/window.$n")
        case $code in
        200) check_profile_body "$D/window.$n.body" ;;
        404 | 500) grep -qi '^X-Go-Pprof: 1' "$D/window.$n.head" || fail "status $code without X-Go-Pprof" ;;
        *) fail "window $n: status $code: $(head -c 100 "$D/window.$n.body")" ;;
        esac
        n=$((n + 1))
    done
}
check_profile_body() {
    "$PYTHON" - "$1" <<END || fail "a profile is not valid: $1"
import sys
sys.path.insert(0, "$HERE/client")
import profile_message
with open(sys.argv[1], "rb") as f:
    sys.exit(bool(list(profile_message.problems(profile_message.decode(f.read())))))
END
}

arena_gone() {
    [ -z "$(find "$D/run" -name "$1.*" -print -quit)" ]
}

case_target_killed() {
    local before
    start_worker
    work_all
    serve
    get "/targets/$WORKER/debug/pprof/heap" >/dev/null || fail "no heap profile"
    before=$(descriptors "$SERVER")
    local at=/targets/$WORKER/debug/pprof
    begin_windows "$at/heap?seconds=100" "$at/profile?seconds=100" "$at/goroutine?seconds=100" "$at/block?seconds=100" "$at/profile?seconds=100&hz=2000"
    kill -KILL "$WORKER"
    windows_answer
    wait_for arena_gone "$WORKER" || fail "its arena is still there"
    [ -n "$(find "$D/out" -name "worker.$WORKER.*.heap.pb.gz")" ] || fail "its last profiles were not written: $(ls "$D/out")"
    check_profile_body "$(find "$D/out" -name "worker.$WORKER.*.heap.pb.gz")"
    [ "$(status "/targets/$WORKER/debug/pprof/heap")" = 404 ] || fail "heap of a dead process: status $(head -n 1 "$D/head")"
    get /targets | grep -q "\"pid\": *$WORKER\\b" && fail "a dead process is listed"
    still_serves
    as_before "$SERVER" "$before"
}

# It can give all that is in the arena; what it would have to do itself is an error, soon.
case_target_stopped() {
    local before path
    start_worker
    work_all
    serve --pid "$WORKER"
    get /debug/pprof/heap >/dev/null
    before=$(descriptors "$SERVER")
    begin_windows '/debug/pprof/heap?seconds=2' '/debug/pprof/goroutine?seconds=2' '/debug/pprof/profile?seconds=2'
    kill -STOP "$WORKER"
    windows_answer
    for path in heap allocs block mutex threadcreate 'heap?seconds=1' 'profile?seconds=1' 'heap?debug=1' cmdline symbol ''; do
        [ "$(status "/debug/pprof/$path")" = 200 ] || fail "$path of a stopped process: $(head -n 1 "$D/head") $(head -c 100 "$D/body")"
    done
    for path in goroutine 'goroutine?debug=2' 'goroutine?seconds=1' 'profile?seconds=1&hz=2000'; do
        case $(status "/debug/pprof/$path") in
        200) ;;
        500) grep -qi '^X-Go-Pprof: 1' "$D/head" || fail "$path: 500 without X-Go-Pprof"
            [ "$(wc -l <"$D/body")" = 1 ] || fail "$path: not one line: $(cat "$D/body")" ;;
        *) fail "$path of a stopped process: $(head -n 1 "$D/head")" ;;
        esac
    done
    grep -q '^State:.*T' "/proc/$WORKER/status" || fail "it was set going"
    kill -CONT "$WORKER"
    work 'alloc 1 1'
    get '/debug/pprof/goroutine?debug=2' | grep -q site_park || fail "no threads after it was stopped"
    still_serves
    as_before "$SERVER" "$before"
}

case_target_restarted() {
    local first
    start_worker
    work_all
    serve
    first=$WORKER
    get "/targets/$first/debug/pprof/heap" >/dev/null || fail "no heap profile"
    echo quit >&8
    wait_for gone "$first" || fail "the worker does not end"
    start_worker
    work_all
    [ "$(status "/targets/$WORKER/debug/pprof/heap")" = 200 ] || fail "the second one: $(head -n 1 "$D/head")"
    [ "$(status "/targets/$first/debug/pprof/heap")" = 404 ] || fail "the first one: $(head -n 1 "$D/head")"
    still_serves
}

# With --pid: what that process was is over; a server for it has to say so or to end.
case_target_of_pid_ends() {
    start_worker
    work_all
    serve --pid "$WORKER"
    kill -KILL "$WORKER"
    wait_for gone "$WORKER"
    case $(status /debug/pprof/heap) in
    404 | 500) ;;
    000) wait_for gone "$SERVER" || fail "it neither answers nor ends" ;;
    *) fail "heap of a dead process: $(head -n 1 "$D/head")" ;;
    esac
    refused "no process $WORKER" --listen 127.0.0.1:0 --pid "$WORKER"
}

only_the_arena() {
    [ "$(find "$D/run" "$D/tmp" -type f -o -type s | wc -l)" = 1 ]
}
no_cpprof_left() {
    ! grep -lzx "CPROF_RUN_DIR=$D/run" /proc/[0-9]*/environ 2>/dev/null | while read -r f; do
        [ "$(readlink "${f%environ}exe")" = "$CPPROF" ] && echo "$f"
    done | grep -q .
}

case_server_killed() {
    local signal at=/debug/pprof ADDRESS=
    mkdir "$D/tmp"
    export TMPDIR=$D/tmp
    start_worker CPROF_CPU_RATE=0
    work_all
    for signal in KILL TERM INT; do
        serve --pid "$WORKER"
        ADDRESS=${BASE#http://} # the next one takes the port at once
        begin_windows "$at/heap?seconds=100" "$at/profile?seconds=100" "$at/goroutine?seconds=100"
        kill -"$signal" "$SERVER"
        wait_for gone "$SERVER" || fail "SIG$signal does not end it"
        wait "${WINDOWS[@]}" 2>/dev/null
        wait_for only_the_arena || fail "left after SIG$signal: $(find "$D/run" "$D/tmp" -type f | tr '\n' ' ')"
        wait_for no_cpprof_left || fail "a process of the server's is left after SIG$signal"
        work 'alloc 10 100'
    done
    [ -s "$D/worker.err" ] && fail "the worker says: $(cat "$D/worker.err")"
    unset TMPDIR
}

case_crowd() {
    local before
    start_worker
    work_all
    serve --pid "$WORKER"
    client crowd "$BASE" 4 2 /debug/pprof/heap
    before=$(descriptors "$SERVER")
    client crowd "$BASE" 100 "$(more 3)" / /debug/pprof/ /debug/pprof/heap /debug/pprof/mutex '/debug/pprof/block?debug=1' /debug/pprof/cmdline \
        /debug/pprof/goroutine '/debug/pprof/heap?seconds=1' '/debug/pprof/profile?seconds=1' '/debug/pprof/goroutine?debug=2'
    note "$(head -n 1 "$D/client.crowd")"
    still_serves
    as_before "$SERVER" "$before"
    work 'alloc 1 1'
}

# More windows than a server has: some are told so, none of the others is lost.
case_too_many_windows() {
    local before
    start_worker
    work_all
    serve --pid "$WORKER"
    get /debug/pprof/heap >/dev/null
    before=$(descriptors "$SERVER")
    client crowd "$BASE" 180 1 '/debug/pprof/heap?seconds=2'
    note "$(head -n 1 "$D/client.crowd")"
    grep -q '/debug/pprof/heap?seconds=2 429: ' "$D/client.crowd" || fail "as many windows as clients want: $(head -n 1 "$D/client.crowd")"
    # Those whose clients have gone are no windows any more.
    "$PYTHON" "$HERE/client/crowd.py" "$BASE" 140 1 '/debug/pprof/heap?seconds=100' >"$D/gone" 2>&1 &
    WINDOWS=(1 2 3 4 5 6 7 8)
    wait_for windows_begun || fail "the windows do not begin"
    kill -KILL $!
    wait_for get '/debug/pprof/heap?seconds=1' >/dev/null || fail "no window is free after the clients have gone"
    still_serves
    as_before "$SERVER" "$before"
}

# More connections than it has, which say nothing: once they are gone, it serves.
case_too_many_connections() {
    local before
    serve
    get / >/dev/null
    before=$(descriptors "$SERVER")
    "$PYTHON" -c 'import socket, sys, time
held = [socket.create_connection(("127.0.0.1", int(sys.argv[1]))) for _ in range(400)]
time.sleep(0.3)' "${BASE##*:}"
    wait_for get / >/dev/null || fail "it does not serve any more"
    as_before "$SERVER" "$before"
}

# many_arenas N MODE [SEED]: programs/arenas, whose processes are in FAKES.
many_arenas() {
    mkfifo "$D/arenas.in"
    exec 9<>"$D/arenas.in"
    "$PROGRAMS/arenas" "$D/run" "$@" <"$D/arenas.in" >"$D/arenas.out" 2>"$D/arenas.err" 3>&- 9>&- &
    ARENAS=$!
    own "$ARENAS"
    wait_for grep -qx ready "$D/arenas.out" || fail "no arenas: $(cat "$D/arenas.err")"
    mapfile -t FAKES < <(grep -v ready "$D/arenas.out")
}
no_arenas() {
    [ -z "$(find "$D/run" -type f -print -quit)" ]
}

case_many_targets() {
    local n=1000 pid listed
    many_arenas "$n" good
    serve
    get /targets >"$D/targets" || fail "no /targets"
    listed=$("$PYTHON" -c 'import json, sys; t = json.load(sys.stdin); print(len(t if isinstance(t, list) else t["targets"]))' <"$D/targets")
    [ "$listed" = "$n" ] || fail "$listed targets are listed, not $n"
    [ "$(get / | grep -o '/targets/[0-9]*/debug/pprof/["'\'']' | sort -u | wc -l)" = "$n" ] || fail "the page does not have all of $n"
    get /targets/http_sd >"$D/sd" || fail "no /targets/http_sd"
    for pid in "${FAKES[0]}" "${FAKES[500]}" "${FAKES[999]}"; do
        get "/targets/$pid/debug/pprof/heap" >"$D/heap" || fail "no heap of process $pid"
        check_profile_body "$D/heap"
    done
    still_serves
    note "$(resident_kb "$SERVER") kB resident"
    if [ -n "$LONG" ]; then
        exec 9>&-
        kill "$ARENAS"
        for pid in "${FAKES[@]}"; do kill -KILL "$pid" 2>/dev/null; done
        wait_for no_arenas || wait_for no_arenas || fail "arenas of the dead are left: $(find "$D/run" -type f | wc -l)"
    fi
}

# Each answer is one, whatever is in the arena.
every_answer_is_one() {
    local pid code kind
    for pid in "${FAKES[@]}"; do
        for kind in '' heap 'mutex?debug=1' goroutine 'profile?seconds=1&hz=500'; do
            [ -n "$LONG" ] || case $kind in profile*) [ "$((pid % 23))" = 0 ] || continue ;; esac
            code=$(status "/targets/$pid/debug/pprof/$kind" -m 20)
            case $code in
            200 | 404 | 500) ;;
            *) fail "process $pid, $kind: status $code" ;;
            esac
        done
        kill -0 "$pid" 2>/dev/null || fail "process $pid was killed by what an arena says"
    done
}

case_hostile_arenas() {
    local before path kb
    many_arenas "$(more 69)" hostile "${SEED:-1}"
    serve
    for path in / /targets /targets/http_sd; do
        [ "$(status "$path" -m 20)" = 200 ] || fail "$path: $(head -n 1 "$D/head")"
    done
    "$PYTHON" -c 'import json, sys; json.load(open(sys.argv[1]))' "$D/body" || fail "what is listed is no JSON"
    get / | grep -q '<script>' && fail "the page has a program's name as markup"
    before=$(descriptors "$SERVER")
    every_answer_is_one
    kb=$(resident_kb "$SERVER")
    [ "$kb" -le 200000 ] || fail "$kb kB are resident"
    note "$kb kB resident"
    gone "$SERVER" && fail "the server is gone: $(tail -n 1 "$D/serve.err")"
    as_before "$SERVER" "$before"
    # Those of dead processes, too.
    kill "$ARENAS"
    for pid in "${FAKES[@]}"; do kill -KILL "$pid" 2>/dev/null; done
    wait_for written_out || fail "the one that is whole is not written out: $(ls "$D/out")"
    gone "$SERVER" && fail "the server is gone after arenas of the dead: $(tail -n 1 "$D/serve.err")"
    [ "$(status /targets -m 20)" = 200 ] || fail "/targets: $(head -n 1 "$D/head")"
}

# Names of programs that are markup, quotes, no text at all: in a page, in JSON, in file names.
case_odd_names() {
    local name page kept
    for name in '<script>alert(1)<' "a\"b'c&d" $'x\n\ty\x01\x7f' $'\xff\xfe' '%2e%2e' '..'; do
        mkdir -p "$D/odd"
        cp "$PROGRAMS/worker" "$D/odd/-$name"
        PROGRAM=$D/odd/-$name start_worker
        work 'alloc 10 10'
        exec {kept}<>"$D/commands" # it ends when nobody has its commands open
    done
    serve
    [ "$(get / | grep -o '/targets/[0-9]*/debug/pprof/["'\'']' | sort -u | wc -l)" = 6 ] || fail "the page does not have all of 6"
    for page in / $(get / | grep -o '/targets/[0-9]*/debug/pprof/' | sort -u); do
        get "$page" >"$D/page" || fail "$page: no answer"
        grep -qE '<script|a"b' "$D/page" && fail "$page has a program's name as markup"
        "$PYTHON" -c 'import sys; open(sys.argv[1], encoding="utf-8").read()' "$D/page" || fail "$page is no UTF-8"
    done
    for page in /targets /targets/http_sd; do
        get "$page" | "$PYTHON" -c 'import json, sys; sys.exit(len(json.loads(sys.stdin.buffer.read().decode())) < 1)' || fail "$page is no JSON"
    done
    still_serves
}

written_out() {
    [ -n "$(find "$D/out" -name 'fake*.heap.pb.gz' -print -quit)" ]
}

case_changing_arenas() {
    local before i
    many_arenas 8 changing "${SEED:-1}"
    serve
    get / >/dev/null
    before=$(descriptors "$SERVER")
    for ((i = 0; i < $(more 4); i++)); do
        every_answer_is_one
        [ "$(status /targets -m 20)" = 200 ] || fail "/targets: $(head -n 1 "$D/head")"
    done
    gone "$SERVER" && fail "the server is gone: $(tail -n 1 "$D/serve.err")"
    as_before "$SERVER" "$before"
}

case_slow_clients() {
    local before
    start_worker
    work_all
    serve --pid "$WORKER"
    get /debug/pprof/heap >/dev/null
    before=$(descriptors "$SERVER")
    if [ -n "$LONG" ]; then
        client slow "$BASE" 20 cut 300
        note "$(tail -n 1 "$D/client.slow")"
    else
        client slow "$BASE" 20 while 2
    fi
    still_serves
    as_before "$SERVER" "$before"
}

case_noise() {
    local before kb seconds=${SECONDS_OF_NOISE:-2}
    [ -z "$LONG" ] || seconds=${SECONDS_OF_NOISE:-60}
    start_worker
    work_all
    serve --pid "$WORKER"
    client noise "$BASE" 0.3 1 # what it takes at first
    get /debug/pprof/heap >/dev/null
    before=$(descriptors "$SERVER") kb=$(resident_kb "$SERVER")
    client noise "$BASE" "$seconds" "${SEED:-$RANDOM}"
    note "$(tail -n 1 "$D/client.noise"); $kb kB before, $(resident_kb "$SERVER") kB after"
    still_serves
    as_before "$SERVER" "$((before + 1))"
    [ "$(resident_kb "$SERVER")" -le $((kb + 16384)) ] || fail "$kb kB before, $(resident_kb "$SERVER") kB after"
    work 'alloc 1 1'
}

# The same before and within TLS.
case_noise_tls() {
    local before seconds=${SECONDS_OF_NOISE:-1}
    [ -z "$LONG" ] || seconds=${SECONDS_OF_NOISE:-60}
    need openssl
    start_worker
    make_token
    make_certificate
    serve --pid "$WORKER" --tls-cert "$D/cert.pem" --tls-key "$D/key.pem" --token-file "$D/token"
    before=$(descriptors "$SERVER")
    client noise "$BASE" "$seconds" "${SEED:-$RANDOM}"
    note "$(tail -n 1 "$D/client.noise"); $(resident_kb "$SERVER") kB after"
    gone "$SERVER" && fail "the server is gone: $(tail -n 1 "$D/serve.err")"
    as_before "$SERVER" "$((before + 1))"
    [ "$(status / --cacert "$D/cert.pem")" = 401 ] || fail "afterwards: $(head -n 1 "$D/head")"
}

# What the target has, its arena with it.
target_kb() {
    awk '$1 == "Rss:" { print $2 }' "/proc/$1/smaps_rollup"
}

case_growth() {
    local kb server_kb clients=5
    start_worker CPROF_CPU_RATE=100 CPROF_HEAP_RATE=512k CPROF_BLOCK_RATE=10000 CPROF_MUTEX_FRACTION=10
    work_all
    serve --pid "$WORKER"
    set -- /debug/pprof/heap /debug/pprof/allocs /debug/pprof/block /debug/pprof/mutex /debug/pprof/goroutine '/debug/pprof/goroutine?debug=2' '/debug/pprof/heap?debug=1'
    client crowd "$BASE" "$clients" 20 "$@"
    kb=$(target_kb "$WORKER") server_kb=$(resident_kb "$SERVER")
    if [ -n "$LONG" ]; then client crowd "$BASE" "$clients" 2000 "$@"; else client crowd "$BASE" "$clients" 60 "$@"; fi
    note "target: $kb kB before, $(target_kb "$WORKER") after; server: $server_kb before, $(resident_kb "$SERVER") after"
    [ "$(target_kb "$WORKER")" -le $((kb + 1024)) ] || fail "the target grew from $kb kB to $(target_kb "$WORKER") kB"
    [ "$(resident_kb "$SERVER")" -le $((server_kb + 4096)) ] || fail "the server grew from $server_kb kB to $(resident_kb "$SERVER") kB"
}
