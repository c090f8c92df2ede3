# What the cases of faults share. Sourced by run; uses D and what tests/hosts/processes.sh has.

# more SHORT LONG: which of them it is.
more() {
    if [ -n "$LONG" ]; then echo "$2"; else echo "$1"; fi
}

need_mounts() {
    [ "$(id -u)" = 0 ] && unshare -m true 2>/dev/null || skip "needs root and mount namespaces"
}

# in_mounts FUNCTION ARGUMENT...: in a process with mounts of its own, whose failure is the case's.
in_mounts() {
    unshare -m "$HERE/run" --part "$CASE" "$D" "$@" >"$D/part" || fail "$(tail -n 1 "$D/part")"
}

# ---- programs

# agent_env: the environment of a program under the agent, as ENV: all is recorded, whatever SETTINGS does
# not say otherwise. What one before it has said is gone: says_ready would believe it.
agent_env() {
    rm -f "$D/agent.out" "$D/agent.err"
    ENV=(env LD_PRELOAD="$AGENT" CPROF_DIR="$D/out" CPROF_RUN_DIR="$D/run" CPROF_CPU_RATE=1000 CPROF_HEAP_RATE=1
        CPROF_MUTEX_FRACTION=1 CPROF_BLOCK_RATE=1 CPROF_SYMBOLIZE=0 "${SETTINGS[@]}")
}

# agent PROGRAM ARGUMENT...: one of ours under the agent to its end, its output in $D/agent.out and
# $D/agent.err; returns its status. plain: the same without the agent.
agent() {
    agent_env
    (cd "$D" && exec "${ENV[@]}" "$PROGRAMS/$1" "${@:2}") >"$D/agent.out" 2>"$D/agent.err" </dev/null 3>&-
}
plain() {
    (cd "$D" && exec "$PROGRAMS/$1" "${@:2}") >"$D/plain.out" 2>"$D/plain.err" </dev/null 3>&-
}

# same PROGRAM ARGUMENT...: with and without; it must end and speak alike, but for what the agent says of
# files that it cannot write.
same() {
    local with without
    plain "$@"
    without=$?
    agent "$@"
    with=$?
    as_without "$without" "$with"
}
as_without() {
    [ "$1" = "$2" ] || fail "status $1 without, $2 with: $(tail -n 1 "$D/agent.out") $(tail -n 1 "$D/agent.err")"
    cmp -s "$D/plain.out" "$D/agent.out" || fail "stdout differs: $(diff "$D/plain.out" "$D/agent.out" | sed -n 2,3p)"
    grep -v '^cpprof: cannot write' "$D/agent.err" | cmp -s "$D/plain.err" - ||
        fail "stderr differs: $(diff "$D/plain.err" "$D/agent.err" | sed -n 2,3p)"
}

# begin PROGRAM ARGUMENT...: under the agent in the background, as PID.
begin() {
    agent_env
    (cd "$D" && exec "${ENV[@]}" "$PROGRAMS/$1" "${@:2}") >"$D/agent.out" 2>"$D/agent.err" </dev/null 3>&- &
    PID=$!
}
says_ready() {
    grep -qx ready "$D/agent.out"
}

# pause_ms N
pause_ms() {
    sleep "$(printf '%d.%03d' $(($1 / 1000)) $(($1 % 1000)))"
}

# Everything that a case has started, what that has started, dumpers and symbolizers too: HOME is kept on
# all the ways. Not the shells of the case itself.
marked() {
    local f pid
    grep -lzx "HOME=$D" /proc/[0-9]*/environ 2>/dev/null | while IFS=/ read -r _ _ pid f; do
        case $(readlink "/proc/$pid/exe") in
        "$PROGRAMS"/* | "$CPPROF"*) echo "$pid" ;;
        esac
    done
}
# What each of their threads is about, for whoever has to find out why it does not end.
marked_threads() {
    local pid task
    for pid in $(marked); do
        for task in /proc/"$pid"/task/*; do
            echo "${task#/proc/} $(cat "$task/comm" "$task/wchan" 2>/dev/null | tr '\n' ' ')" \
                "$(grep -E '^(State|SigPnd|ShdPnd|SigBlk)' "$task/status" 2>/dev/null | tr '\n\t' '  ')"
        done
    done
}
# end_marked: all of it, at once: nothing runs on while something else is already dead.
end_marked() {
    local pids now
    pids=
    while now=$(marked | tr '\n' ' ') && [ "$now" != "$pids" ]; do
        pids=$now
        # shellcheck disable=SC2086 # words
        kill -STOP $pids 2>/dev/null
    done
    # shellcheck disable=SC2086
    [ -z "$pids" ] || kill -KILL $pids 2>/dev/null
}
none_marked() {
    [ -z "$(marked)" ]
}

# ---- files

# valid_files: whatever has a final name is a whole profile.
valid_files() {
    local files
    files=$(find "${1:-$D/out}" -name '*.pb.gz' ! -name '.*' 2>/dev/null)
    [ -n "$files" ] || return 0
    # shellcheck disable=SC2086 # names are ours
    "$PROGRAMS/check_profile" $files >"$D/facts" 2>"$D/facts.err" || fail "a file that is half of one: $(head -n 1 "$D/facts.err")"
}
n_files() {
    find "$D/out" -name "${1:-*.pb.gz}" ! -name '.*' 2>/dev/null | wc -l
}
none_temporary() {
    [ -z "$(find "$D/out" -name '.*.tmp' -print -quit)" ]
}
no_arenas() {
    [ -z "$(find "$D/run" -name "[0-9]*" -type f -print -quit)" ]
}

# totals KIND: of the file of that kind with the highest number, into $D/totals; field LINE N: field N of the first line that
# begins with LINE; 0 if there is none.
totals() {
    local file
    file=$(find "$D/out" -name "*.$1.pb.gz" ! -name '.*' -printf '%f\n' | sort -t . -k 3,3rn | head -n 1)
    if [ -z "$file" ]; then
        : >"$D/totals"
    else
        "$PROGRAMS/totals" "$D/out/$file" >"$D/totals" || fail "$file cannot be read"
    fi
}
field() {
    awk -v key="$1 " -v n="$2" 'index($0, key) == 1 { print $n; found = 1; exit } END { if (!found) print 0 }' "$D/totals"
}
within() { # WHAT N LEAST MOST
    [ "$2" -ge "$3" ] && [ "$2" -le "$4" ] || fail "$1: $2, not $3 to $4"
}

resident_kb() {
    awk '$1 == "VmRSS:" { print $2 }' "/proc/$1/status"
}

recover() {
    (cd "$D" && CPROF_RUN_DIR="$D/run" exec "$CPPROF" recover --dir "$D/out" "$@") >"$D/recover.out" 2>"$D/recover.err" 3>&-
}
