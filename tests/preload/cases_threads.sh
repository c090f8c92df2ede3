# Records of threads, asked for as `cpprof threads` does.

# start PROGRAM ARGS: in the background, until it says that it is ready; as STARTED with its ARENA, its
# stdin is descriptor 7.
start() {
    agent_env
    mkfifo "$D/in"
    timeout -k 2 "$LIMIT" "${ENV[@]}" "$P/$1" "${@:2}" <"$D/in" >"$D/agent.out" 2>"$D/agent.err" &
    STARTED_JOB=$!
    exec 7>"$D/in"
    settles grep -q ready "$D/agent.out" || settles grep -q ready "$D/agent.out" || fail "it does not start: $(cat "$D/agent.err")"
    STARTED=$(pgrep -P "$STARTED_JOB")
    ARENA=$(echo "$D"/run/"$STARTED".*)
}
line() {
    echo >&7
}
# Gives it a line, and waits for its end.
finish() {
    line
    exec 7>&-
    wait "$STARTED_JOB" || fail "status $?"
    [ ! -s "$D/agent.err" ] || fail "stderr: $(head -n 1 "$D/agent.err")"
}
fact() { # NAME...: the number behind it
    awk -v key="$* " 'index($0, key) == 1 {print $NF; found = 1} END {if (!found) print 0}' "$D/record"
}

# Every thread is there, each in its state and with its whole stack; and nobody is interrupted.
case_threads_of_a_crowd() {
    local n=1000 each state
    SETTINGS=(CPROF_AT_EXIT=0)
    start crowd $n
    "$P/ask_threads" "$STARTED" "$ARENA" "${SNAPSHOTS:-100}" >"$D/record" 2>&1 || fail "$(tail -n 1 "$D/record")"
    finish
    grep -q '^interrupted 0$' "$D/agent.out" || fail "$(tail -n 1 "$D/agent.out") times"
    [ "$(fact threads)" = $((n + 3)) ] || fail "$(fact threads) threads"
    [ "$(fact created)" = $((n + 2)) ] || fail "$(fact created) with a creator"
    # 14 kinds of threads, some with the same word; 6 have one more, as 1000 = 14 * 71 + 6
    for state in poll=288 sleep=214 semaphore=71 read=142 signal=142 futex=71 cond=71; do
        each=$(fact state ${state%=*})
        [ "$each" -ge $((${state#*=} - 3)) ] && [ "$each" -le $((${state#*=} + 3)) ] || fail "${state%=*}: $each, not ${state#*=}"
    done
    [ "$(fact state running)" -ge 1 ] || fail "nobody runs"
    [ "$(fact unknown)" = 0 ] || fail "$(fact unknown) stacks are incomplete"
}

# Nor where the program has handlers, of other signals: whose signal it was is known.
case_threads_of_a_crowd_with_handlers() {
    SETTINGS=(CPROF_AT_EXIT=0)
    start crowd 100 handlers
    "$P/ask_threads" "$STARTED" "$ARENA" 100 >"$D/record" 2>&1 || fail "$(tail -n 1 "$D/record")"
    for _ in 1 2 3 4 5; do
        kill -USR2 "$STARTED"
        sleep 0.1
    done
    finish
    grep -q '^interrupted 0$' "$D/agent.out" || fail "$(tail -n 1 "$D/agent.out") times"
}

# A stopped process does not answer, and is none the worse for it.
case_threads_of_a_stopped_process() {
    SETTINGS=(CPROF_AT_EXIT=0)
    start crowd 20
    kill -STOP "$STARTED"
    timeout 1 "$P/ask_threads" "$STARTED" "$ARENA" 1 >"$D/record" 2>&1 && fail "it answers"
    kill -CONT "$STARTED"
    "$P/ask_threads" "$STARTED" "$ARENA" 3 >"$D/record" 2>&1 || fail "$(tail -n 1 "$D/record")"
    # being stopped ends some calls by EINTR, agent or not, and with them their threads
    [ "$(fact threads)" = "$(ls "/proc/$STARTED/task" | wc -l)" ] || fail "$(fact threads) threads"
    finish
}
