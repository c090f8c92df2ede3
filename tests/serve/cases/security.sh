# Who may ask, from where, and what does not get anywhere.

# expect STATUS PATH [CURL_ARGUMENT...]
expect() {
    local code
    code=$(status "$2" "${@:3}")
    [[ /$1/ == */$code/* ]] || fail "$2 ${*:3}: status $code, not $1: $(head -c 100 "$D/body")"
}
# refused WORD ARGUMENT...: the server does not start; its first line has the word, and the rest is at most
# where to read more.
refused() {
    local status
    timeout 10 env CPROF_RUN_DIR="$D/run" "$CPPROF" serve "${@:2}" >"$D/refused.out" 2>"$D/refused.err" </dev/null 3>&-
    status=$?
    [ "$status" != 124 ] || fail "serve ${*:2} is not refused"
    [ "$status" != 0 ] || fail "serve ${*:2}: status 0"
    tail -n +2 "$D/refused.err" | grep -qv 'cpprof help serve' && fail "serve ${*:2}: not one line: $(cat "$D/refused.err")"
    head -n 1 "$D/refused.err" | grep -qi -- "$1" || fail "serve ${*:2} does not say $1: $(cat "$D/refused.err")"
}
make_token() {
    TOKEN=0123456789abcdef0123456789abcdef
    (umask 077 && echo "$TOKEN" >"$D/token")
}
make_certificate() {
    openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost -addext subjectAltName=DNS:localhost,IP:127.0.0.1 \
        -keyout "$D/key.pem" -out "$D/cert.pem" 2>"$D/openssl.log" || fail "openssl: $(tail -n 1 "$D/openssl.log")"
    chmod 600 "$D/key.pem"
}

case_token() {
    local path
    start_worker
    make_token
    serve --pid "$WORKER" --token-file "$D/token"
    for path in / /targets /debug/pprof/ /debug/pprof/heap /debug/pprof/nosuch /debug/pprof/cmdline /debug/pprof /nosuch; do
        expect 401 "$path"
        grep -qi '^WWW-Authenticate: Bearer' "$D/head" || fail "$path: 401 without WWW-Authenticate"
        grep -q worker "$D/body" && fail "$path tells of the process without a token"
        expect 401 "$path" -H "Authorization: Bearer ${TOKEN}x"
        expect 401 "$path" -H "Authorization: Bearer ${TOKEN%f}"
        expect 401 "$path" -H 'Authorization: Bearer '
        expect 401 "$path" -H "Authorization: $TOKEN"
        expect 401 "$path" -X POST -d "token=$TOKEN"
    done
    expect 200 /debug/pprof/heap -H "Authorization: Bearer $TOKEN"
    expect 200 /debug/pprof/heap -u "anybody:$TOKEN" # which tools that take an URL can send
    expect 401 /debug/pprof/heap -u "$TOKEN:anything"
    expect 404 /debug/pprof/nosuch -H "Authorization: Bearer $TOKEN"
    expect 200 / -H "authorization: bearer $TOKEN"
    grep -q "$TOKEN" "/proc/$SERVER/cmdline" "$D/serve.err" "$D/serve.out" && fail "the token can be read"
    return 0
}

case_token_files() {
    refused token --listen 127.0.0.1:0 --token-file "$D/nosuch"
    : >"$D/empty" && chmod 600 "$D/empty"
    refused token --listen 127.0.0.1:0 --token-file "$D/empty"
    echo short >"$D/short" && chmod 600 "$D/short"
    refused token --listen 127.0.0.1:0 --token-file "$D/short"
    echo 0123456789abcdef0123456789abcdef >"$D/open" && chmod 644 "$D/open"
    refused token --listen 127.0.0.1:0 --token-file "$D/open"
}

case_tls() {
    need openssl
    start_worker
    work_all
    make_token
    make_certificate
    serve --pid "$WORKER" --tls-cert "$D/cert.pem" --tls-key "$D/key.pem" --token-file "$D/token"
    [[ $BASE == https://* ]] || fail "it says that it serves $BASE"
    expect 200 /debug/pprof/heap --cacert "$D/cert.pem" -H "Authorization: Bearer $TOKEN"
    check_profile_body "$D/body"
    expect 401 /debug/pprof/heap --cacert "$D/cert.pem"
    expect 000 /debug/pprof/heap -H "Authorization: Bearer $TOKEN" # nobody has said for whom that certificate is
    BASE=http://${BASE#https://}
    expect 000/400 /debug/pprof/heap -H "Authorization: Bearer $TOKEN"
    gone "$SERVER" && fail "the server is gone"
    refused tls-key --listen 127.0.0.1:0 --tls-cert "$D/cert.pem"
    refused tls-cert --listen 127.0.0.1:0 --tls-key "$D/key.pem"
    refused "$D" --listen 127.0.0.1:0 --tls-cert "$D/cert.pem" --tls-key "$D/cert.pem"
    chmod 644 "$D/key.pem"
    refused key --listen 127.0.0.1:0 --tls-cert "$D/cert.pem" --tls-key "$D/key.pem"
}

case_not_loopback() {
    local address
    need openssl
    make_token
    make_certificate
    for address in 0.0.0.0:0 '[::]:0' "$(hostname -I 2>/dev/null | cut -d ' ' -f 1):0"; do
        [ "$address" != :0 ] || continue
        refused insecure --listen "$address"
        refused insecure --listen "$address" --token-file "$D/token"
        refused insecure --listen "$address" --tls-cert "$D/cert.pem" --tls-key "$D/key.pem"
    done
    ADDRESS=0.0.0.0:0 serve --insecure
    expect 200 /
    ADDRESS=0.0.0.0:0 serve --token-file "$D/token" --tls-cert "$D/cert.pem" --tls-key "$D/key.pem"
    expect 200 / --cacert "$D/cert.pem" -H "Authorization: Bearer $TOKEN"
}

case_addresses() {
    local port
    refused . --listen nowhere.invalid:1
    refused . --listen 127.0.0.1:99999
    refused . --listen 127.0.0.1:x
    refused . --listen unix:
    refused . --listen "unix:$D/no/such/folder/socket"
    serve
    refused . --listen "${BASE#http://}" # taken
    refused . --pid 0
    refused . --pid 4194999 # more than there can be
    refused . --pid x
    ADDRESS=:0 serve
    port=${BASE##*:}
    [ -z "$(ss -Hltn "sport = :$port" 2>/dev/null | grep -v -e '127\.0\.0\.1:' -e '\[::1\]:')" ] || fail ":PORT listens beyond this machine"
}

# A page elsewhere whose name leads here (DNS rebinding) gets nothing.
case_host_header() {
    local port host
    start_worker
    serve --pid "$WORKER"
    port=${BASE##*:}
    for host in "127.0.0.1:$port" "localhost:$port" localhost 127.0.0.1 "LOCALHOST:$port" "[::1]:$port"; do
        expect 200 /debug/pprof/cmdline -H "Host: $host"
    done
    for host in evil.example "evil.example:$port" "127.0.0.1.evil.example:$port" "localhost.evil.example" 169.254.169.254 "evil@localhost"; do
        expect 400/403/421 /debug/pprof/cmdline -H "Host: $host"
        grep -q worker "$D/body" && fail "Host: $host is told of the process"
    done
    return 0
}

case_unix_socket() {
    local at=$D/socket
    start_worker
    work_all
    env CPROF_RUN_DIR="$D/run" "$CPPROF" serve --dir "$D/out" --pid "$WORKER" --listen "unix:$at" >"$D/serve.out" 2>"$D/serve.err" </dev/null 3>&- 8>&- &
    SERVER=$!
    own "$SERVER"
    wait_for [ -S "$at" ] || fail "no socket: $(tail -n 1 "$D/serve.err")"
    BASE=http://localhost
    expect 200 /debug/pprof/heap --unix-socket "$at"
    check_profile_body "$D/body"
    expect 200 / --unix-socket "$at"
    [ "$(stat -c %a "$at")" = 600 ] || fail "its mode is $(stat -c %a "$at")"
    if [ "$(id -u)" = 0 ] && chmod 755 "$D"; then
        setpriv --reuid nobody --clear-groups curl -s -o "$D/other" --unix-socket "$at" http://localhost/ 2>/dev/null && fail "another user is served"
    fi
    # A second server does not take it from a first one that lives; what one left that was killed is no hindrance.
    refused . --listen "unix:$at"
    expect 200 / --unix-socket "$at"
    kill -KILL "$SERVER"
    wait_for gone "$SERVER"
    env CPROF_RUN_DIR="$D/run" "$CPPROF" serve --dir "$D/out" --listen "unix:$at" >"$D/serve.out" 2>"$D/serve.err" </dev/null 3>&- 8>&- &
    SERVER=$!
    own "$SERVER"
    wait_for socket_answers || fail "what a killed server left hinders the next: $(tail -n 1 "$D/serve.err")"
    kill -TERM "$SERVER"
    wait_for gone "$SERVER"
    [ ! -e "$at" ] || fail "the socket is left"
    # Not a file of somebody's.
    echo mine >"$D/file"
    refused . --listen "unix:$D/file"
    [ "$(cat "$D/file")" = mine ] || fail "a file was overwritten"
}
socket_answers() {
    [ "$(status / --unix-socket "$D/socket")" = 200 ]
}

case_long_requests() {
    local before
    start_worker
    serve --pid "$WORKER"
    get / >/dev/null
    before=$(descriptors "$SERVER")
    expect 404/414/431/400 "/debug/pprof/$(head -c 10000 /dev/zero | tr '\0' a)"
    expect 414/431/400/413/000 "/debug/pprof/heap?x=$(head -c 100000 /dev/zero | tr '\0' a)"
    { head -c 1000000 /dev/zero | tr '\0' a | sed 's/^/X: /' && echo; } >"$D/header"
    expect 431/400/413/000 /debug/pprof/heap -H "@$D/header"
    seq -f 'X%.0f: a' 20000 >"$D/header"
    expect 431/400/413/000 /debug/pprof/heap -H "@$D/header"
    head -c 50000000 /dev/zero >"$D/large"
    expect 413/400/000 /debug/pprof/symbol --data-binary "@$D/large"
    expect 413/400/200/000 /debug/pprof/heap --data-binary "@$D/large"
    # Of an allowed length, with as many addresses as fit.
    "$PYTHON" -c 'print("+".join("%#x" % i for i in range(1, 5000)), end="")' >"$D/many"
    expect 200 /debug/pprof/symbol --data-binary "@$D/many"
    still_serves
    as_before "$SERVER" "$before"
    [ "$(resident_kb "$SERVER")" -le 150000 ] || fail "$(resident_kb "$SERVER") kB are resident"
}

# Other users' processes are not there for a user who is not root.
case_own_processes() {
    [ "$(id -u)" = 0 ] || skip "needs root"
    command -v setpriv >/dev/null || skip "setpriv is not installed"
    start_worker
    chmod 755 "$D"
    (cd / && exec setpriv --reuid nobody --regid nogroup --clear-groups env CPROF_RUN_DIR="$D/run" "$CPPROF" serve --dir /nonexistent --listen 127.0.0.1:0) \
        >"$D/serve.out" 2>"$D/serve.err" </dev/null 3>&- 8>&- &
    SERVER=$!
    own "$SERVER"
    wait_for serves_or_gone || fail "it neither serves nor ends"
    BASE=$(sed -n 's|^cpprof serve: serving \(.*\)/$|\1|p' "$D/serve.err")
    if ! gone "$SERVER"; then
        get /targets | grep -q "\"pid\": *$WORKER\\b" && fail "nobody is shown a process of root's"
        expect 403/404/500 "/targets/$WORKER/debug/pprof/heap"
        expect 403/404/500 "/targets/$WORKER/debug/pprof/cmdline"
    fi
    return 0
}
