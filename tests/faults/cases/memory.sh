# Memory and other things refused to the agent, at every call in turn: the program goes on unharmed, and
# what is written is whole.

has_notifications() {
    "$PROGRAMS/failing" "$D/report" none true 2>/dev/null && [ -s "$D/report" ] ||
        skip "the kernel hands no system calls to other processes (seccomp user notification)"
}

# failing_run FAULT [N]: `steady once` with that; what was failed, in FAILED.
failing_run() {
    local status
    rm -rf "$D/out" "$D/run"
    mkdir -m 700 "$D/out" "$D/run"
    agent_env
    (cd "$D" && exec timeout 60 "$PROGRAMS/failing" "$D/report" "$@" "${ENV[@]}" "$PROGRAMS/steady" once) >"$D/agent.out" 2>"$D/agent.err" 3>&-
    status=$?
    read -r _ CALLS _ FAILED <"$D/report"
    WHAT="$* ($FAILED): "
    unharmed "$status"
}
unharmed() {
    local rest
    [ "$1" = 0 ] || fail "${WHAT}status $1: $(tail -n 1 "$D/agent.out") $(tail -n 1 "$D/agent.err")"
    cmp -s "$D/plain.out" "$D/agent.out" || fail "${WHAT}it says $(tail -n 1 "$D/agent.out")"
    rest=$(grep -v '^cpprof: cannot write' "$D/agent.err" | head -n 1)
    [ -z "$rest" ] || fail "${WHAT}on stderr: $rest"
    none_temporary || fail "${WHAT}a temporary file is left"
    valid_files
}

# each_call FAULT STEP: fails call 1, 1 + STEP, ... until there are no more.
each_call() {
    local n=$(($2 > 1 ? RANDOM % $2 + 1 : 1)) runs=0 kinds=
    has_notifications
    plain steady once
    while :; do
        failing_run "$1" "$n"
        [ "$FAILED" != none ] || break
        kinds="$kinds $FAILED"
        runs=$((runs + 1)) n=$((n + $2))
    done
    [ "$runs" -gt 0 ] || fail "nothing could be failed"
    note "$runs calls of up to $n, one a run: $(echo "$kinds" | tr ' ' '\n' | grep . | sort | uniq -c | sort -rn | awk '{ printf "%s %s  ", $1, $2 }')"
}
case_memory_refused_once() { each_call memory "$(more 20 1)"; }
case_memory_refused_from_there_on() { each_call memory-from "$(more 20 1)"; }
case_anything_refused_once() { each_call any "$(more 80 1)"; }
case_anything_refused_from_there_on() { each_call any-from "$(more 80 1)"; }

# The program's own limit, from nearly nothing on: as it ends without the agent it ends with it; where the
# agent's own memory makes the difference it may be refused what it got before, but says so as it does.
case_address_space_swept() {
    local kb runs=0 with
    plain steady once
    for ((kb = 40000; kb <= 140000; kb += $(more 20000 2000))); do
        rm -rf "$D/out"
        mkdir "$D/out"
        agent_env
        (cd "$D" && ulimit -v $kb && exec timeout 60 "${ENV[@]}" "$PROGRAMS/steady" once) >"$D/agent.out" 2>"$D/agent.err" 3>&-
        with=$?
        WHAT="$kb kB: "
        runs=$((runs + 1))
        case $with in
        0) unharmed 0 ;;
        1) grep -qE 'errno (11|12)\)|not l && dlclose' "$D/agent.out" || fail "${WHAT}it says $(tail -n 1 "$D/agent.out")" ;;
        127) grep -q 'failed to map\|cannot allocate\|Cannot allocate' "$D/agent.err" || fail "${WHAT}$(tail -n 1 "$D/agent.err")" ;;
        *) fail "${WHAT}status $with: $(tail -n 1 "$D/agent.err")" ;;
        esac
        valid_files
    done
    note "$runs limits"
}
