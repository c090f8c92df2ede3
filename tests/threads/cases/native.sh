# Running processes, from outside.

# What is known of the program `bank`, of whichever build. The names are in $N: "" or names.
bank_threads() {
    well_formed
    calls '"one" \[mutex' 'bank::transfer' 'bank::teller<int>::work' teller_one start_thread
    calls '"t..wo..?" \[mutex' 'bank::transfer' 'bank::teller<int>::work' teller_two start_thread
    calls '"poller" \[poll\]' wait_in_poll start_thread
    calls '"reader" \[read\]' wait_in_read start_thread
    calls '"spinner" \[running\]' spin start_thread
    calls '\[sleep\]' main _start
    grep -qE '^deadlock: thread [0-9]+ "one" waits for 0x[0-9a-f]+ held by thread ([0-9]+) "t\\"wo\\"", which waits for 0x[0-9a-f]+ held by thread [0-9]+ "one"$' "$D/out" ||
        fail "no deadlock: $(tail -n 1 "$D/out")"
    [ "$(grep -c ^thread "$D/out")" = 6 ] || fail "$(grep -c ^thread "$D/out") threads"
    block '"one"' | grep -q 'bank.cpp:[0-9]* +0x' || fail "no line and offset: $(block '"one"' | tr '\n' ' ')"
}

case_native_dynamic() {
    start bank
    threads 0 --native "$PID"
    bank_threads
}

case_native_static() {
    start bank_static
    threads 0 --native "$PID"
    bank_threads
}

# Code that a program has copied onto memory of its own is the file's.
case_native_remapped() {
    start remapped
    threads 0 --native "$PID"
    well_formed
    calls '"remapped"' waits_inside waits_outside main _start
}

# The offset of the innermost named frame is the one that gdb shows.
case_native_offsets() {
    local function offset
    need gdb
    start bank
    threads 0 --native "$PID"
    for function in spin wait_in_poll main; do
        offset=$(grep -A 1 "^$function()" "$D/out" | sed -n 's/.* +0x//p' | head -n 1)
        gdb -q -batch -p "$PID" -ex "info line *((char *)$function + 0x${offset:-0})" 2>/dev/null |
            grep -q "of .*bank.cpp.*" || fail "$function+0x$offset is in no line of it"
        [ $((0x$offset)) -lt 400 ] || fail "$function+0x$offset"
    done
    # A call is at the address before the offset.
    offset=$(grep -A 1 '^wait_in_poll()' "$D/out" | sed -n 's/.* +0x//p')
    gdb -q -batch -p "$PID" -ex "x/i (char *)wait_in_poll + 0x$offset - 5" 2>/dev/null |
        grep -q 'call.*poll' || fail "wait_in_poll+0x$offset is not behind a call"
}

# The same by symbols alone: where a thread waits, the instruction before is the system call.
case_native_offsets_by_symbol() {
    local offset
    need gdb
    start bank_static
    threads 0 --native "$PID"
    offset=$(grep -A 1 -E '^(__)?poll()' "$D/out" | sed -n 's/.* +0x//p' | head -n 1)
    gdb -q -batch "$PROGRAMS/bank_static" -ex "x/i (char *)poll + 0x${offset:-0} - 2" 2>/dev/null |
        grep -q 'syscall' || fail "poll+0x$offset is not behind a system call"
}

# A process stays as it was, whatever it waits in and however often one looks, and takes its signals.
case_native_undisturbed() {
    local i killer counts
    start calm
    for ((i = 0; ; i++)); do
        [ ! -e "$D/enough" ] || { echo "$i" >"$D/sent" && exit; }
        kill -s RTMIN+6 "$PID"
    done &
    killer=$!
    for ((i = 0; i < 40; i++)); do
        threads 0 --native "$PID"
        kill -s RTMIN+5 "$PID"
    done
    : >"$D/enough"
    wait $killer
    sleep 0.1
    threads 0 --native "$PID"
    calls '\[poll\]' in_epoll
    calls '\[poll\]' in_select
    calls '\[sleep\]' in_sleep
    calls '\[signal\]' count_signals
    sleep 0.1
    kill -TERM "$PID"
    wait_for grep -q disturbed "$D/program.out" || fail "it has stopped"
    counts=$(tail -n 1 "$D/program.out")
    case $counts in
    "disturbed 0, signals 40, handled $(cat "$D/sent"), steps "*) ;;
    *) fail "$counts: $(head -n 3 "$D/program.err" | tr '\n' ' ')" ;;
    esac
    [ "${counts##* }" -gt 1000 ] || fail "$counts"
}

# A stack is that of one moment, however fast it changes.
case_native_one_moment() {
    local i stack
    start shifter
    for ((i = 0; i < 60; i++)); do
        threads 0 --native "$PID"
        calls '\[running\]' shift start_thread
        stack=$(block '\[running\]')
        case $stack in
        *row_[abcde]*row_[v-z]* | *row_[v-z]*row_[abcde]*) fail "two moments: $(echo "$stack" | tr '\n' ' ')" ;;
        *row_d*row_c*row_b*row_a* | *row_w*row_x*row_y*row_z*) echo whole >>"$D/whole" ;;
        esac
        ! grep -F '[cpprof' "$D/out" || fail "a stack is lost"
    done
    [ "$(wc -l <"$D/whole")" -gt 10 ] || fail "hardly a whole stack"
}

# The command may be ended at any moment; the process is not.
case_native_interrupted() {
    local i cpprof tracer
    start calm
    for ((i = 0; i < 60; i++)); do
        "$CPPROF" threads --native "$PID" >/dev/null 2>&1 &
        cpprof=$!
        sleep "0.00$((i % 10))"
        kill -"$([ $((i % 3)) = 0 ] && echo KILL || echo INT)" $cpprof 2>/dev/null
        wait $cpprof 2>/dev/null
        tracer=$(sed -n 's/^TracerPid:\t//p' "/proc/$PID/status")
        [ "$tracer" = 0 ] || fail "it is still traced, by $tracer"
    done
    grep -h '^State:' "/proc/$PID/task"/*/status | grep -q '[tT] (' && fail "a thread is stopped"
    threads 0 --native "$PID"
    kill -TERM "$PID"
    wait_for grep -q disturbed "$D/program.out" || fail "it has stopped"
}

all_stopped() {
    ! grep -L '^State:	T' "/proc/$PID/task"/*/status | grep -q .
}

case_native_stopped() {
    start calm
    kill -STOP "$PID"
    wait_for all_stopped || fail "it does not stop"
    threads 0 --native "$PID"
    calls '\[stopped\]' in_epoll
    calls '\[stopped\]' work
    sleep 0.1
    all_stopped || fail "it runs again"
    kill -CONT "$PID"
    kill -TERM "$PID"
    wait_for grep -q disturbed "$D/program.out" || fail "it does not go on"
}

case_native_main_thread_gone() {
    start leaderless
    threads 0 --native "$PID"
    calls '\[signal\]' go_on run start_thread
    [ "$(grep -c ^thread "$D/out")" = 1 ] || fail "$(grep -c ^thread "$D/out") threads"
}

case_native_threads_come_and_go() {
    local i
    start spawner
    for ((i = 0; i < 20; i++)); do
        threads 0 --native "$PID"
        calls '"spawner" \[signal\]' stay main
    done
    kill -0 "$PID" || fail "it has ended"
}

# A thread in the kernel that does not stop is shown without a stack, and let go.
case_native_cannot_stop() {
    start vforker
    threads 0 --native "$PID"
    calls '\[join|\[futex|\[sleep' main
    grep -qF '[cpprof: no stack]' "$D/out" || fail "$(grep ^thread "$D/out")"
    wait_for grep -q '^done' "$D/program.out" || fail "it does not go on"
}

case_native_no_process() {
    threads 1 --native 4194305
    says 'no process 4194305'
    [ ! -s "$D/out" ] || fail "it prints something"
}

case_native_other_user() {
    need setpriv
    [ "$(id -u)" = 0 ] || skip "needs root to become another user"
    start bank
    setpriv --reuid 65534 --regid 65534 --clear-groups "$CPPROF" threads --native "$PID" >"$D/out" 2>"$D/err"
    [ $? = 1 ] || fail "status $?"
    says 'belongs to another user (uid 0): run this as root'
    [ "$(wc -l <"$D/err")" = 1 ] || fail "more than one line"
}

case_native_traced_already() {
    need gdb
    start bank
    gdb -q -batch -p "$PID" -ex 'shell sleep 5' >/dev/null 2>&1 &
    wait_for grep -q '^TracerPid:	[1-9]' "/proc/$PID/status"
    threads 1 --native "$PID"
    says 'is being traced already, by process'
}
