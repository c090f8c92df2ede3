# What runners of cases with real programs have in common: how a case ends, and processes that are ended
# with it. Sourced; uses D, the case's directory, CASE, PYTHON and, for programs under the agent, AGENT.
# File descriptor 3 is the log.

# What a case ends with: nothing, or the reason on stdout and 1, or 77 for "cannot be tried here".
fail() {
    echo "$*"
    exit 1
}
skip() {
    echo "$*"
    exit 77
}
need() {
    local program
    for program in "$@"; do
        command -v "$program" >/dev/null || skip "$program is not installed"
    done
}

# Figures for whoever reads the log.
note() {
    echo "# $CASE: $*" >&3
}

# wait_for COMMAND...: until it succeeds, for as long as 30 s.
wait_for() {
    local i
    for ((i = 0; i < 600; i++)); do
        "$@" && return 0
        sleep 0.05
    done
    return 1
}

free_port() {
    $PYTHON -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}
listening() {
    (exec 4<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null
}

# ---- processes

gone() {
    ! kill -0 "$1" 2>/dev/null
}

# When a process began, which tells it from a later one of the same number.
began() {
    sed 's/.*) //' "/proc/$1/stat" 2>/dev/null | cut -d ' ' -f 20
}

# own PID...: ended when the case is over, whatever happened, and with it what it has made.
own() {
    local pid
    for pid in "$@"; do
        echo "$pid $(began "$pid")" >>"$D/pids"
    done
}

end_with_children() {
    local child
    for child in $(cat "/proc/$1/task/"*/children 2>/dev/null); do
        end_with_children "$child"
    done
    kill -KILL "$1" 2>/dev/null
}

# end_owned FILE
end_owned() {
    local pid start
    while read -r pid start; do
        [ -n "$start" ] && [ "$(began "$pid")" = "$start" ] && end_with_children "$pid"
    done <"$1" 2>/dev/null
}

# Dumpers that outlive what they were made by may still be writing there.
remove() {
    rm -rf "$1" 2>/dev/null || { sleep 2 && rm -rf "$1"; }
}

# The environment of a program WITH or WITHOUT the agent.
program_env() {
    ENV=(env -u LD_PRELOAD HOME="$D")
    [ "$1" = without ] || ENV+=(LD_PRELOAD="$AGENT" CPROF_DIR="$D/out" CPROF_RUN_DIR="$D/run"
        CPROF_CPU_RATE="${RATE:-1000}" CPROF_HEAP_RATE="${HEAP:-16384}")
}

# start WHO COMMAND...: in the background and in $D, as PID; output and errors into $D/WHO.{out,err}.
start() {
    local who=$1
    shift
    program_env "$who"
    (cd "$D" && exec "${ENV[@]}" "$@") >"$D/$who.out" 2>"$D/$who.err" </dev/null 3>&- &
    PID=$!
    own "$PID"
}

# finish WHO: waits for PID; its status into $D/WHO.status.
finish() {
    wait "$PID"
    echo $? >"$D/$1.status"
}
