# Processes that carry the agent, and what is wrong with a command line.

case_agent_answers() {
    grep -qF .threads "$AGENT" || skip "this agent does not answer yet"
    mkdir -m 700 "$D/run"
    export CPROF_RUN_DIR=$D/run
    (cd "$D" && LD_PRELOAD=$AGENT CPROF_AT_EXIT=0 exec "$PROGRAMS/bank") >"$D/program.out" 2>&1 &
    PID=$!
    echo "$PID" >>"$D/pids"
    wait_for grep -q ready "$D/program.out" || fail "it does not get ready"
    threads 0 "$PID"
    well_formed
    calls '"one" \[mutex, ' 'bank::transfer' 'bank::teller<int>::work' teller_one
    calls '"poller" \[poll, ' wait_in_poll
    calls '"spinner" \[running\]' spin
    calls '"bank" \[sleep, ' main
    block '"one"' | grep -q '^created by start$' || fail "no creator: $(block '"one"' | tr '\n' ' ')"
    grep -qE '^deadlock: ' "$D/out" || fail "no deadlock"
    [ "$(grep -c ^thread "$D/out")" = 6 ] || fail "$(grep -c ^thread "$D/out") threads"
    ! ls "$D/run" | grep threads || fail "the answer is still there"
    kill -STOP "$PID"
    threads 1 "$PID"
    says 'is stopped and cannot answer; try --native'
}

case_agent_is_not_there() {
    start bank
    threads 1 "$PID"
    says "process $PID carries no agent, or has recorded nothing yet; try --native"
    threads 1 4194305
    says 'no process 4194305'
}

case_usage() {
    threads 2
    says 'give one PID or one core file'
    threads 2 1 2
    threads 2 --nonsense 1
    threads 2 --native ./core
    threads 2 --exe /bin/true 1
    threads 2 0
    says '0 is not a PID'
    threads 2 --native 99999999999
    "$CPPROF" help threads | grep -q -- '--native PID' || fail "no help"
    "$CPPROF" help | grep -q '^  threads ' || fail "not in the list"
    start bank
    "$CPPROF" threads --native "$PID" >/dev/full 2>"$D/err"
    [ $? = 1 ] || fail "a full disk is no error"
    says 'cannot write'
}
