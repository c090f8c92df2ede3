# Signals: what the program sees of them, and what is its own.

case_state_at_main() { same state; }
case_state_nopie() { same state_nopie; }

# Killed by a signal, it leaves its arena.
killed() {
    LEFT=1
    same "$@"
}
case_kill_prof_kills() {
    killed kill_self 27 outside
    [ "$(cat "$D/agent.status")" = 155 ] || fail "status $(cat "$D/agent.status")"
}
case_kill_prof_to_itself_kills() { killed kill_self 27 self; }
case_raise_prof_kills() { killed kill_self 27 raise; }
case_usr2_to_itself_kills() { killed kill_self 12 self; }
case_raise_usr2_kills() { killed kill_self 12 raise; }
case_usr1_from_outside_kills() { killed kill_self 10 outside; }

case_usr2_dumps_and_does_not_kill() {
    agent "$P/victim" usr2=1 gap=100
    [ "$(cat "$D/agent.status")" = 7 ] || fail "status $(cat "$D/agent.status")"
    [ "$(cat "$D/agent.out")" = "sender 0
done" ] || fail "output $(cat "$D/agent.out")"
    [ ! -s "$D/agent.err" ] || fail "stderr $(cat "$D/agent.err")"
    tidy
    expect_dumps 3 # two of the program, and one of its child, which has slept
    [ "$(find "$D/prof" -name '*.pb.gz' | wc -l)" = $((3 * N_KINDS)) ] || fail "$(ls "$D/prof")"
}

case_own_usr2_handler_wins() {
    SETTINGS=(CPROF_AT_EXIT=0)
    same own_usr2
    expect_dumps 0
}
case_own_usr2_handler_wins_in_a_shell() {
    local script='n=0; trap "n=\$((n+1))" USR2; (kill -USR2 $$); (kill -USR2 $$); sleep 0; echo $n'
    plain bash -c "$script"
    agent bash -c "$script"
    compare
}

case_own_sigprof_itimer() {
    same own_sigprof itimer
    expect_between "CPU time" "$(total cpu cpu/nanoseconds)" $((500 * MS)) $((700 * MS))
}
case_own_sigprof_timer() {
    same own_sigprof timer
    expect_between "CPU time" "$(total cpu cpu/nanoseconds)" $((500 * MS)) $((700 * MS))
}
case_own_sigprof_late() {
    same own_sigprof late
    expect_between "CPU time" "$(total cpu cpu/nanoseconds)" $((500 * MS)) $((700 * MS))
}

case_own_itimer_in_a_thread() { same own_itimer_thread; }
case_masked_workers() {
    killed masked_workers
}
case_masked_workers_are_sampled() {
    agent "$P/masked_before_handler" 10
    tidy
    expect_between "CPU time" "$(thread_ns masked)" $((50 * MS)) $((20000 * MS))
}

case_masked_before_usr2_handler() { same masked_before_handler 12; }
case_masked_before_prof_handler() { same masked_before_handler 27; }
case_masked_before_usr1_handler() { same masked_before_handler 10; }

case_sigwait_full() { same take_signals sigwait; }
case_sigwaitinfo_full() { same take_signals sigwaitinfo; }
case_sigtimedwait_full() { same take_signals sigtimedwait; }
case_signalfd_full() { same take_signals signalfd; }
case_signalfd_poll_full() { same take_signals poll; }

case_mask_in_handlers() { same mask_in_handler; }
case_thread_masks_of_attributes() { same thread_masks; }

case_inherited_over_exec() { same hand_down exec "$P/state"; }
case_inherited_over_vfork() { same hand_down vfork "$P/state"; }
case_inherited_over_spawn() { same hand_down spawn "$P/state"; }
case_inherited_over_system() { same hand_down system "$P/state"; }
case_inherited_over_popen() { same hand_down popen "$P/state"; }

case_vfork_child_mask() { same vfork_child mask; }
case_vfork_child_handlers() { same vfork_child handlers; }
case_vfork_child_exec_mask() { same vfork_child exec-mask "$P/state"; }

# Without the agent the signal is the end.
usr2_on_altstack() {
    agent "$P/altstack" "$1" signals
    [ "$(cat "$D/agent.status")" = 0 ] || fail "status $(cat "$D/agent.status")"
    ! grep WRITTEN "$D/agent.out" || fail "memory beside the stack is written"
    tidy
}
case_altstack_8k_handler() { same altstack 8192 handler; }
case_altstack_8k_idle() { same altstack 8192 idle; }
case_altstack_8k_usr2() { usr2_on_altstack 8192; }
case_altstack_8k_fault() { same altstack 8192 fault; }
case_altstack_min_handler() { same altstack 0 handler; }
case_altstack_min_idle() { same altstack 0 idle; }
case_altstack_min_usr2() { usr2_on_altstack 0; }
