# Calls that can wait: results, errno, times, cancellation and signals, call by call.

# All waits are recorded, so that every part of the agent has its say.
waits_env() {
    SETTINGS=(CPROF_MUTEX_FRACTION=1 CPROF_BLOCK_RATE=1)
}

# As `same`; a program that cannot do its work here says why and ends with 77.
waits() {
    waits_env
    plain "$P/$1" "${@:2}"
    [ "$(cat "$D/plain.status")" != 77 ] || skip "$(tail -n 1 "$D/plain.out")"
    [ "$(cat "$D/plain.status")" = 0 ] ||
        fail "without the agent: status $(cat "$D/plain.status"): $(tail -n 1 "$D/plain.out")"
    agent "$P/$1" "${@:2}"
    compare
    tidy
}

case_waits_mutex() {
    LEFT=any # of children that are killed
    waits waits_mutex
}
case_waits_mutex_ceiling() { waits waits_mutex ceiling; }
case_waits_rwlock() { waits waits_rwlock; }
case_waits_cond() { waits waits_cond; }
case_waits_cond_old() { waits waits_cond old; }
case_waits_thread() { waits waits_thread; }
case_waits_c11() { waits waits_c11; }
case_waits_futex() { waits waits_futex; }
case_waits_io() { waits waits_io "$D/file"; }
case_waits_socket() { waits waits_socket; }
case_waits_poll() { waits waits_poll; }
case_waits_sleep() { waits waits_sleep; }
case_waits_signal() { waits waits_signal; }
case_waits_child() {
    LEFT=any # of children that are killed
    waits waits_child
}
case_waits_queue() { waits waits_queue; }
case_waits_flock() { waits waits_flock "$D/file"; }
case_waits_cancel() {
    LEFT=any # of children that are killed
    waits waits_cancel "$D/file"
}
case_waits_cxx() { waits waits_cxx; }
case_waits_jump() {
    LEFT=any # of children that are killed
    waits waits_jump "$D/file"
}

# The dump signal while a program without handlers waits: what it sees of that is nothing. Without the
# agent the signal would be its end. All calls at once: they sleep.
eintr() { # [thread]
    local call pids=() bad=''
    waits_env
    SETTINGS+=(CPROF_DUMP=block)
    RATE=100 HEAP=0
    agent_env
    for call in $("$P/waits_eintr"); do
        timeout "$LIMIT" "${ENV[@]}" "$P/waits_eintr" "$@" "$call" >"$D/out.$call" 2>&1 &
        pids+=($!)
        [ $((${#pids[@]} % 3)) != 0 ] || wait "${pids[@]}"
    done
    wait
    for call in $("$P/waits_eintr"); do
        grep -qE "^$call: [0-9]+ calls, 0 interrupted, in time$" "$D/out.$call" ||
            bad="$bad; $(head -n 1 "$D/out.$call" | grep . || echo "$call: ended without a word")"
    done
    [ -z "$bad" ] || fail "${bad#; }"
    LEFT=any # senders that were killed
    tidy
}
case_waits_eintr() { eintr; }
case_waits_eintr_thread() { eintr thread; }

case_waits_names() { waits waits_names; }
# The status is that of abort, and the message libc's.
case_waits_overflow() {
    local call
    waits_env
    for call in read pread pread64 recv recvfrom poll ppoll; do
        plain "$P/waits_names" overflow $call
        [ "$(cat "$D/plain.status")" = 134 ] || fail "$call: status $(cat "$D/plain.status") without the agent"
        agent "$P/waits_names" overflow $call
        compare
    done
    LEFT=any
    tidy
}
case_waits_places() {
    waits_env
    same waits_places "$P/libs/waits_plugin.so"
}

ends() {
    waits_env
    LEFT=any # children that are killed
    same waits_exit "$D/file" "$1"
}
case_waits_while_main_returns() { ends return; }
case_waits_while_exit() { ends exit; }
case_waits_while__exit() { ends _exit; }
case_waits_while_quick_exit() { ends quick_exit; }
case_waits_while_exec() { ends exec; }
case_waits_while_a_thread_exits() { ends thread; }
case_waits_while_sigterm() { ends term; }

# ---- what an agent could stumble over

odd() {
    waits_env
    same waits_odd "$1"
}
case_odd_once_in_a_handler() { odd once; }
case_odd_write_is_whole() {
    LEFT=any # senders that were killed
    odd write
}
case_odd_recv_is_whole() {
    LEFT=any
    odd waitall
}
case_odd_errno_after_success() {
    LEFT=any
    odd errno
}
# What was left by a jump is charged no more.
case_odd_jump_out_of_a_lock() {
    odd jump
    expect_between "held delay" "$(total mutex held_delay/nanoseconds)" 0 $((300 * MS))
}
case_odd_robust_lock_taken_again() {
    odd robust
    expect_between contentions "$(total mutex contentions/count)" 0 0
}
# The dumper has none of the program's thread-local storage.
case_odd_big_tls() {
    odd tls
    [ "$(find "$D/prof" -name '*.threadcreate.pb.gz' | wc -l)" = 2 ] || fail "$(ls "$D/prof")"
}
case_odd_wait_into_a_sandbox() {
    LEFT=any # it cannot write
    odd sandbox
}
case_loader_lock() { same loader_lock; }

# Everything calls through where the agent is to leave the program alone.
case_waits_agent_off() {
    local program
    for program in mutex rwlock cond thread c11 futex socket poll sleep signal child; do
        waits_env
        SETTINGS+=(CPROF_EXE=another-program)
        same "waits_$program"
        [ -z "$(find "$D/prof" "$D/run" -type f)" ] || fail "it wrote $(find "$D/prof" "$D/run" -type f | head -n 1)"
    done
}

# What never blocks is not looked at; what blocks again, is.
descriptors() { # HOW LEAST [MOST]: waits seen, where 200 reads wait
    waits_env
    SETTINGS+=(CPROF_DUMP=block)
    RATE=0 HEAP=0
    LEFT=any # of children that end by system calls
    same descriptors "$1"
    expect_between waits "$(total block contentions/count)" "$2" "${3:-200}"
}
case_descriptors_fcntl() { descriptors fcntl 190; }
case_descriptors_ioctl() { descriptors ioctl 190; }
case_descriptors_close() { descriptors close 190; }
case_descriptors_dup2() { descriptors dup2 190; }
case_descriptors_dup3() { descriptors dup3 190; }
case_descriptors_accept() { descriptors accept 190 203; }
case_descriptors_vfork() { descriptors vfork 190; }
case_descriptors_unseen() { descriptors unseen 130; }

# While a belief is wrong.
believing() { # HOW
    waits_env
    LEFT=any
    same descriptors "$1"
}
case_descriptors_whole() { believing whole; }
case_descriptors_timeout() { believing timeout; }
case_descriptors_filter() { believing filter; }
case_descriptors_filter_off() {
    SETTINGS=(CPROF_EXE=another-program)
    LEFT=any
    same descriptors filter
}

# Each child draws a random number of its own: of 1200 waits of 0.3 ms about 8 are recorded, if not by the
# same number in all.
case_block_children() {
    SETTINGS=(CPROF_BLOCK_RATE=50000000 CPROF_DUMP=block)
    RATE=0 HEAP=0
    LEFT=any
    same descriptors children
    expect_between "processes with a wait" "$(find "$D/prof" -name '*.block.pb.gz' | wc -l)" 1 60
}
