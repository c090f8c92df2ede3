# Calls that can wait: results, errno, times, cancellation and signals, call by call.

# All waits are recorded, so that every part of the agent has its say.
waits_env() {
    LIMIT=20
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
case_waits_child() { waits waits_child; }
case_waits_flock() { waits waits_flock "$D/file"; }
case_waits_cancel() { waits waits_cancel "$D/file"; }
