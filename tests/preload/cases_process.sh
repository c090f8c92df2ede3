# Threads, forks, exec, ends of a process.

case_stack_min() { same stack_min; }

case_fork_from_threads() { same fork_threads 60; }
case_spawn_loops() { same spawn_loop; }
# No child counts its parent's time, or nonsense.
raw_fork() {
    same raw_fork "$1"
    expect_between "CPU time" "$(total cpu cpu/nanoseconds)" $((100 * MS)) $((2000 * MS))
}
case_fork_libc() { raw_fork _Fork; }
case_fork_clone() { raw_fork clone; }
case_fork_syscall() { raw_fork fork; }
case_daemon() { same daemonize && expect_between dumps "$(dumps 'daemonize.*')" 1 3; }

# A tick that is left over kills the new program.
exec_case() {
    same exec_loop "$1" "${2:-100}"
}
case_exec_execve() { exec_case execve 200; }
case_exec_execv() { exec_case execv; }
case_exec_execvp() { exec_case execvp; }
case_exec_execvpe() { exec_case execvpe; }
case_exec_execl() { exec_case execl; }
case_exec_execlp() { exec_case execlp; }
case_exec_execle() { exec_case execle; }
case_exec_fexecve() { exec_case fexecve; }
case_exec_execveat() { exec_case execveat; }
case_exec_syscall() { exec_case syscall; }
case_exec_syscall_at() { exec_case syscall_at; }

case_exec_that_fails() {
    same exec_fail
    expect_between "CPU time" "$(total_of_last cpu cpu/nanoseconds)" $((490 * MS)) $((600 * MS))
}
case_exec_that_fails_keeps_the_arena() {
    agent "$P/exec_fail" kill
    [ "$(find "$D/run" -type f | wc -l)" = 1 ] || fail "the arena is gone while the process lives"
}

# Each way out writes one file of each kind.
exit_case() {
    same exits "$@"
    expect_dumps 1
    [ "$(find "$D/prof" -type f | wc -l)" = "$N_KINDS" ] || fail "$(ls "$D/prof")"
}
case_exit_return() { exit_case return; }
case_exit_exit() { exit_case exit; }
case_exit__exit() { exit_case _exit; }
case_exit__Exit() { exit_case _Exit; }
case_exit_quick_exit() { exit_case quick_exit; }
case_exit_exit_group() { exit_case exit_group; }
case_exit_atexit() { exit_case atexit; }
case_exit_atexit_now() { exit_case atexit_now; }
case_exit_pthread_exit() { exit_case pthread_exit; }
case_exit_exit_from_thread() { exit_case exit thread; }
case_exit__exit_from_thread() { exit_case _exit thread; }
case_exit_quick_exit_from_thread() { exit_case quick_exit thread; }

crash_case() {
    LEFT=1
    same exits "$@"
    expect_dumps 0
}
case_crash_abort() { crash_case abort; }
case_crash_segv() { crash_case segv; }
case_crash_kill() { crash_case kill; }
case_crash_abort_in_thread() { crash_case abort thread; }

case_two_exits() {
    for _ in 1 2 3 4 5; do
        agent "$P/two_exits"
        [ "$(cat "$D/agent.status")" = 4 ] || fail "status $(cat "$D/agent.status")"
        [ ! -s "$D/agent.err" ] || fail "stderr $(cat "$D/agent.err")"
        tidy
    done
}

case_storm() {
    LIMIT=$((STORM_SECONDS * 3 + 60))
    agent "$P/storm" "$STORM_SECONDS" "$P/libs/plugin_cxx.so"
    [ "$(cat "$D/agent.status")" = 0 ] || fail "status $(cat "$D/agent.status")"
    [ "$(cat "$D/agent.out")" = done ] || fail "$(head -n 1 "$D/agent.out")"
    [ ! -s "$D/agent.err" ] || fail "stderr $(head -n 1 "$D/agent.err")"
    tidy
}

case_fibers() { same fibers; }
case_tls_destructors() { same tls_dtors; }
case_alarm_malloc() { same alarm_malloc; }
case_thread_ends() { same thread_ends; }
case_short_threads() { same short_threads return; }
case_threads_that_end_raw() { same short_threads raw; }
case_thread_names() {
    same names
    [ "$(thread_ns fifteen-letters)" -gt $((20 * MS)) ] || fail "no thread fifteen-letters"
    [ "$(thread_ns sixteen--letter)" -gt $((20 * MS)) ] || fail "no thread sixteen--letter"
}
case_own_malloc() {
    same own_malloc
    grep -q 'comment.*malloc' "$D/facts" || fail "no comment says that malloc is not covered"
}

case_dlopen_origin() { same origin; }
case_cxx_plugin_local() { same plugin_host "$P/libs/plugin_cxx.so" local; }
case_cxx_plugin_global() { same plugin_host "$P/libs/plugin_cxx.so" global; }
case_cxx_plugin_deepbind() { same plugin_host "$P/libs/plugin_cxx.so" deepbind; }

# Another preloaded library, before us and behind us.
beside() {
    local library=/usr/lib/x86_64-linux-gnu/$1 program
    [ -f "$library" ] || skip "no $1"
    for program in "victim threads=3" "storm 1 $P/libs/plugin_cxx.so" "fork_threads 10" \
        "tls_dtors" "plugin_host $P/libs/plugin_cxx.so local"; do
        rm -rf "$D/prof" && mkdir "$D/prof"
        # shellcheck disable=SC2086 # words
        plain env LD_PRELOAD="$library" "$P/"$program
        BEFORE=$library
        # shellcheck disable=SC2086
        agent "$P/"$program
        compare
        tidy
        BEFORE='' AFTER=$library
        # shellcheck disable=SC2086
        agent "$P/"$program
        compare
        tidy
        AFTER=''
        case $program in
        victim*) expect_between "allocated bytes" "$(total heap alloc_space/bytes)" 1000000 \
            1000000000 ;;
        esac
    done
}
case_beside_jemalloc() { beside libjemalloc.so.2; }
case_beside_tcmalloc() { beside libtcmalloc_minimal.so.4; }
case_beside_eatmydata() { beside libeatmydata.so; }
