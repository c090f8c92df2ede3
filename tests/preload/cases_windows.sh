# CPU sampling by request: what is granted, that it is true, and that the program does not see it.

# ask HZ SECONDS [VALUE]: the process of `start`; `granted FACT` is what came of it.
ask() {
    "$P/ask_cpu" "$STARTED" "$ARENA" "$@" >"$D/granted" 2>&1 || fail "$(tail -n 1 "$D/granted")"
}
granted() {
    awk -v key="$1" '$1 == key {print $2}' "$D/granted"
}
expect_granted() { # HZ SECONDS
    [ "$(granted hz)" = "$1" ] && [ "$(granted seconds)" = "$2" ] ||
        fail "granted $(granted hz) Hz for $(granted seconds) s, not $1 and $2"
}
timers() {
    grep -c ^ID: "/proc/$STARTED/timers"
}

# window BASE HZ SECONDS PROGRAM ARGS: a program all of which is within the window.
window() {
    RATE=$1
    HEAP=0
    start "${@:4}"
    ask "$2" "$3"
    finish
    tidy
}
said() {
    awk -v key="$1" '$1 == key {print $2}' "$D/agent.out"
}
# As tests/truth has it: the profile is within 1 % of getrusage, but not blamed for what the kernel
# takes to make and end threads.
expect_truth() {
    local got of threads
    got=$(total cpu cpu/nanoseconds) of=$(said cpu_ns) threads=$(said threads_ns)
    [ "$got" -ge $((threads * 99 / 100)) ] && [ "$got" -le $((of * 101 / 100)) ] ||
        fail "$got ns in the profile of $of ($threads in threads)"
}

case_window_is_true() {
    window 0 100 60 cpu_window 0 0 0 3000
    expect_granted 100 60
    expect_truth
}
case_window_is_true_for_new_threads() {
    window 0 1000 60 cpu_window 0 20 10 20
    expect_truth
}
case_window_is_true_for_old_threads() {
    window 0 1000 60 cpu_window 100 0 0 20 used
    expect_truth
}
case_window_is_true_over_others() {
    window 100 1000 60 cpu_window 200 20 10 20
    expect_granted 1000 60
    expect_truth
}
case_window_slower_than_settings() {
    window 500 100 60 cpu_window 20 10 10 20
    expect_granted 500 60
    expect_truth
}
# Both changes of the rate come while it works: nothing is lost, nothing counts twice.
case_window_ends_true() {
    RATE=250
    HEAP=0
    start cpu_window 8 0 0 500
    ask 1000 1
    finish
    tidy
    expect_truth
}

# The fastest rate and the latest end count.
case_window_of_several() {
    RATE=0
    start cpu_window 10 0 0 1
    ask 200 30
    expect_granted 200 30
    ask 100 50
    expect_granted 200 50
    ask 1000 10
    expect_granted 1000 50
    [ "$(timers)" = 11 ] || fail "$(timers) timers"
    finish
    tidy
}

# A fast one is over at its own end, whatever slower ones are asked for meanwhile; they go on.
case_window_fast_within_slow() {
    RATE=0
    HEAP=0
    start cpu_window 3 0 0 3000
    ask 100 20
    ask 1000 1
    expect_granted 1000 20
    ask 100 30
    expect_granted 1000 30
    line
    sleep 1.5
    settles slow_in_force || fail "$(granted hz) Hz in force"
    finish
    tidy
}
slow_in_force() {
    ask 0 0
    [ "$(granted hz)" = 100 ]
}

window_ends() { # BASE TIMERS
    RATE=$1
    HEAP=0
    start cpu_window 3 0 0 2500
    ask 1000 1
    line
    sleep 1.3
    settles nothing_in_force && settles has_timers "$2"
    nothing_in_force || fail "$(granted hz) Hz still in force"
    [ "$(timers)" = "$2" ] || fail "$(timers) timers after the end"
    finish
    tidy
}
nothing_in_force() {
    ask 0 0
    [ "$(granted hz)" = 0 ]
}
has_timers() {
    [ "$(timers)" = "$1" ]
}
case_window_ends_and_leaves_no_timer() {
    window_ends 0 0
    # four threads on however many processors, with others, for a second
    expect_between "CPU time" "$(total cpu cpu/nanoseconds)" $((10 * MS)) $((4200 * MS))
}
case_window_ends_and_sampling_goes_on() {
    window_ends 100 4
    expect_truth
}
# Threads that do not run keep their timers, and a second window takes them.
case_window_after_a_window() {
    RATE=0
    HEAP=0
    start cpu_window 50 5 10 30
    ask 100 1
    sleep 1.1
    ask 1000 60
    expect_granted 1000 60
    [ "$(timers)" = 51 ] || fail "$(timers) timers"
    finish
    tidy
    expect_truth
}

# Nobody is held up for long, however many there are.
case_window_of_many_threads() {
    RATE=0
    HEAP=0
    start cpu_window 2000 0 0 1 gaps
    ask 1000 60
    expect_granted 1000 60
    [ "$(timers)" = 2001 ] || fail "$(timers) timers"
    line
    settles grep -q gap_us "$D/agent.out"
    finish
    tidy
    # what is done in one go takes 4 ms here; a busy machine adds to that, not by much
    expect_between "the longest gap" "$(said gap_us)" 1 2500
}

case_window_refused() {
    RATE=0
    start cpu_window 0 0 0 1
    local value
    # 0 Hz, 10001 Hz, 0 s, another tag, nothing
    for value in 6370750100000001 6370750127110001 6370750100640000 6370750200640001 0; do
        ask 0 0 $value
        expect_granted 0 0
    done
    [ "$(timers)" = 0 ] || fail "$(timers) timers"
    ask 10000 65535
    expect_granted 10000 65535
    finish
    tidy
}
case_window_in_a_sandbox() {
    LEFT=any
    RATE=0
    start cpu_window 0 0 0 1 sandbox
    ask 0 0 6370750103e80005
    expect_granted 0 0
    finish
}
# A child has none, however it was made.
case_window_is_not_inherited() {
    window 0 1000 60 cpu_window 3 0 0 300 forks
    expect_dumps 1
    expect_truth
}

# ---- what the program sees

# All processes of a case are asked, all the time, for all kinds of windows.
pester() {
    local arena pid hz=1
    while [ -e "$D/pester" ]; do
        for arena in "$D"/run/*.[0-9]*; do
            pid=${arena##*/}
            pid=${pid%%.*}
            "$P/ask_cpu" "$pid" "$arena" $hz 1 "$(printf '%x' $((0x63707501 << 32 | hz << 16 | 1)))"
        done >/dev/null 2>&1
        hz=$((hz * 7 % 10000 + 1))
        sleep 0.002
    done
}
pestered() {
    plain "$P/$1" "${@:2}"
    touch "$D/pester"
    pester &
    agent "$P/$1" "${@:2}"
    rm "$D/pester"
    wait
    compare
    tidy
}
off_and_on() {
    RATE=0
    pestered "$@"
    RATE=1000
    pestered "$@"
}
case_window_state() { off_and_on state; }
case_window_victim() { off_and_on victim threads=3; }
case_window_fork_from_threads() { off_and_on fork_threads 30; }
case_window_exec() { off_and_on exec_loop execve 60; }
case_window_exec_that_fails() { off_and_on exec_fail; }
case_window_spawn_loops() { off_and_on spawn_loop; }
case_window_short_threads() {
    LEFT=any
    off_and_on thread_ends
}
case_window_own_sigprof() {
    off_and_on own_sigprof itimer
    off_and_on own_sigprof timer
    off_and_on own_sigprof late
}
case_window_sigwait() {
    off_and_on take_signals sigwait
    off_and_on take_signals signalfd
}
case_window_wait_sees_nothing() { off_and_on waiter; }
case_window_daemon() { off_and_on daemonize; }
case_window_storm() {
    LIMIT=$((STORM_SECONDS * 3 + 60))
    local rate
    for rate in 0 1000; do
        RATE=$rate
        touch "$D/pester"
        pester &
        agent "$P/storm" "$STORM_SECONDS" "$P/libs/plugin_cxx.so"
        rm "$D/pester"
        wait
        [ "$(cat "$D/agent.status")" = 0 ] || fail "status $(cat "$D/agent.status")"
        [ "$(cat "$D/agent.out")" = done ] || fail "$(head -n 1 "$D/agent.out")"
        [ ! -s "$D/agent.err" ] || fail "stderr $(head -n 1 "$D/agent.err")"
        tidy
    done
}
# No call ends by EINTR.
case_window_interrupts_nobody() {
    SETTINGS=(CPROF_AT_EXIT=0)
    RATE=0
    start crowd 1000
    for hz in 100 1000 10000; do
        ask $hz 1
        sleep 0.3
    done
    finish
    grep -q '^interrupted 0$' "$D/agent.out" || fail "$(tail -n 1 "$D/agent.out") times"
}
