# A server, and programs that it looks at. Sourced by run; uses D and what tests/hosts/processes.sh has.

# more N: the load, in what the program counts.
more() {
    if [ -n "$LONG" ]; then echo $(($1 * 10)); else echo "$1"; fi
}

# client NAME ARGUMENT...: a program of client/, whose last line is the reason when it fails.
client() {
    "$PYTHON" "$HERE/client/$1.py" "${@:2}" >"$D/client.$1" 2>&1 && return
    sed 's/^/# /' "$D/client.$1" | head -n "${LINES_OF_WHY:-12}" >&3
    fail "${CLIENT_OF:+$CLIENT_OF: }$(tail -n 1 "$D/client.$1")"
}

# start_worker [SETTING=VALUE...]: programs/worker, or the copy of it that PROGRAM is, under the agent as
# WORKER, everything recorded unless set otherwise; its commands go to the pipe $D/commands, its answers
# to $D/worker.out, until there is another one.
start_worker() {
    rm -f "$D/commands"
    mkfifo "$D/commands"
    exec 8<>"$D/commands"
    # Opened before it runs, so that no program of the shell's reads there.
    (cd "$D" && exec env LD_PRELOAD="$AGENT" CPROF_DIR="$D/out" CPROF_RUN_DIR="$D/run" CPROF_CPU_RATE=1000 \
        CPROF_HEAP_RATE=1 CPROF_MUTEX_FRACTION=1 CPROF_BLOCK_RATE=1 "$@" "${PROGRAM:-$PROGRAMS/worker}") \
        <"$D/commands" >"$D/worker.out" 2>"$D/worker.err" 3>&- 8>&- &
    WORKER=$!
    own "$WORKER"
    wait_for grep -qx ready "$D/worker.out" || fail "the worker does not get ready: $(tail -n 1 "$D/worker.err")"
    read -r _ PC NAME <"$D/worker.out"
}

# work COMMAND...: each is done when this returns.
work() {
    local command answers
    for command in "$@"; do
        answers=$(wc -l <"$D/worker.out")
        echo "$command" >&8
        wait_for answered "$answers" || fail "the worker does not answer: $command"
    done
}
answered() {
    [ "$(wc -l <"$D/worker.out")" -gt "$1" ]
}

# Something of every kind.
work_all() {
    work 'alloc 1000 128' 'churn 1000 64' 'lock 3 5' 'cond 2 5' 'read 2 5' 'sleep 1 5' 'burn 50' 'threads 3'
}

# serve [ARGUMENT...]: a server as SERVER, at a free port of this machine's alone, or at ADDRESS, until it
# serves; BASE is its URL. What it says goes to $D/serve.err.
serve() {
    env CPROF_RUN_DIR="$D/run" "$CPPROF" serve --dir "$D/out" --listen "${ADDRESS:-127.0.0.1:0}" "$@" \
        >"$D/serve.out" 2>"$D/serve.err" </dev/null 3>&- 8>&- &
    SERVER=$!
    own "$SERVER"
    wait_for serves_or_gone || fail "serve $* does not say that it serves"
    BASE=$(sed -n 's|^cpprof serve: serving \(.*\)/$|\1|p' "$D/serve.err" | sed 's/0\.0\.0\.0/127.0.0.1/')
    [ -n "$BASE" ] || fail "serve $*: $(tail -n 1 "$D/serve.err")"
}
serves_or_gone() {
    grep -q '^cpprof serve: serving ' "$D/serve.err" || gone "$SERVER"
}

# still_serves: and has not complained meanwhile, but for what SAYS allows.
still_serves() {
    gone "$SERVER" && fail "the server is gone: $(tail -n 1 "$D/serve.err")"
    get / >/dev/null || fail "the server does not answer any more"
}

# get PATH [CURL_ARGUMENT...]: the body on stdout; fails where the status is no success.
get() {
    curl -sf -m 60 "${@:2}" "$BASE$1"
}
# status PATH [CURL_ARGUMENT...]: of the answer; its body is in $D/body, its head in $D/head.
status() {
    curl -s -m 60 -o "$D/body" -D "$D/head" -w '%{http_code}' "${@:2}" "$BASE$1"
}

# What a server has open, but for the one descriptor of each reader of symbols: a child for each file.
children() {
    cat "/proc/$1/task/"*/children 2>/dev/null | wc -w
}
descriptors() {
    echo $(($(find "/proc/$1/fd" -mindepth 1 2>/dev/null | wc -l) - $(children "$1")))
}
resident_kb() {
    awk '$1 == "VmRSS:" { print $2 }' "/proc/$1/status"
}

# as_before PID DESCRIPTORS: so many are open again, and of processes there are but the readers of symbols,
# which end after a while without work: that is waited for in the long form.
few_descriptors() {
    [ "$(descriptors "$1")" -le "$2" ]
}
few_children() {
    [ "$(children "$1")" -le "$2" ]
}
as_before() {
    wait_for few_descriptors "$1" "$2" ||
        fail "descriptors: $2 before, $(descriptors "$1") after: $(readlink /proc/"$1"/fd/* | sort | uniq -c | sort -rn | head -n 3 | tr '\n' ';')"
    wait_for few_children "$1" "$(if [ -n "$LONG" ]; then echo 0; else echo 8; fi)" || fail "$(children "$1") processes are left of the server"
}
