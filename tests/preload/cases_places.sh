# Where it runs: limits, missing or full directories, users, sandboxes, descriptors, settings.

# The same with an own message on stderr allowed: as often as said, and nothing else there.
messages() { # N PATTERN
    local n
    n=$(grep -c "^cpprof: $2" "$D/agent.err")
    [ "$n" = "$1" ] || fail "$n messages, not $1: $(head -n 1 "$D/agent.err")"
    grep -v "^cpprof: $2" "$D/agent.err" >"$D/agent.err.rest"
    mv "$D/agent.err.rest" "$D/agent.err"
}

# Messages of dumps that could not be written are for CPROF_DIR, which is set here.
limit_case() {
    LEFT=any
    plain "${@:2}" "$P/limits" "$1"
    agent "${@:2}" "$P/limits" "$1"
    grep -v '^cpprof: cannot write' "$D/agent.err" >"$D/agent.err.rest"
    mv "$D/agent.err.rest" "$D/agent.err"
    compare
    tidy
}
case_limit_none() { limit_case none; }
case_limit_fsize() { limit_case fsize; }
case_limit_nofile() { limit_case nofile; }
case_limit_address_space() { limit_case as; }
case_limit_sigpending() { limit_case sigpending; }
case_limit_stack() { limit_case stack; }
as_nobody() {
    NOBODY=(setpriv --reuid 65534 --regid 65534 --clear-groups)
    rm -rf "$D/run"
    mkdir -p "$D/run"
    chown 65534:65534 "$D/run" "$D/prof"
}
case_limit_nproc() {
    need_root
    as_nobody
    limit_case nproc "${NOBODY[@]}"
}

# mounted OPTIONS DIRECTORY PROGRAM ARGS: the agent where a file system of its own is mounted.
mounted() {
    agent_env
    run_as agent unshare -m sh -c 'mount -t tmpfs $0 none "$1" && shift && exec "$@"' "$1" "$2" \
        "${ENV[@]}" "$P/$3" "${@:4}"
}

case_no_proc() {
    need_mounts
    plain "$P/victim"
    mounted "" /proc victim
    compare
    tidy
    expect_dumps 1
}
case_chroot() {
    need_root
    mkdir -p "$D/root/lib" "$D/root/tmp"
    cp "$P/victim_static" "$P/victim" "$LIB" "$D/root/"
    cp -L --parents /lib64/ld-linux-x86-64.so.2 /lib/x86_64-linux-gnu/libc.so.6 "$D/root/"
    plain chroot "$D/root" /victim
    run_as agent chroot "$D/root" /lib64/ld-linux-x86-64.so.2 --preload /libcpprof.so /victim
    compare
    [ "$(find "$D/root" -name '*.pb.gz' | wc -l)" = "$N_KINDS" ] || fail "$(ls "$D/root")"
    "$P/check_profile" "$D"/root/*.pb.gz >"$D/facts" 2>&1 || fail "$(tail -n 1 "$D/facts")"
}

case_dir_missing() {
    SETTINGS=(CPROF_DIR="$D/a/b/c")
    plain "$P/dir_late" "$D/a/b/c"
    agent "$P/dir_late" "$D/a/b/c"
    messages 1 "cannot write profiles"
    compare
    tidy
    [ "$(find "$D/a" -name '*.pb.gz' | wc -l)" = $((2 * N_KINDS)) ] || fail "files: $(ls "$D/a/b/c")"
}
case_dir_is_a_file() {
    SETTINGS=(CPROF_DIR=/dev/null)
    plain "$P/victim"
    agent "$P/victim"
    messages 1 "cannot write profiles"
    compare
}
case_dir_read_only() {
    need_mounts
    mkdir "$D/ro"
    SETTINGS=(CPROF_DIR="$D/ro")
    plain "$P/victim"
    mounted "-o ro" "$D/ro" victim
    messages 1 "cannot write profiles"
    compare
}
case_dir_full() {
    need_mounts
    mkdir "$D/full"
    SETTINGS=(CPROF_DIR="$D/full")
    agent_env
    plain "$P/victim"
    run_as agent unshare -m sh -c 'mount -t tmpfs -o size=4k none "$0" && "$@"; s=$?
        find "$0" -name "*.tmp" >&2; exit $s' "$D/full" "${ENV[@]}" "$P/victim"
    messages 1 "cannot write profiles"
    compare
}
run_dir_full() { # SIZE: what finds no room is dropped, and there is no SIGBUS
    need_mounts
    plain "$P/victim" leak=20000
    mounted "-o size=$1" "$D/run" victim leak=20000
    compare
    tidy
    expect_dumps 1
}
case_run_dir_full_at_start() { run_dir_full 4k; }
case_run_dir_full_soon() { run_dir_full 600k; }
case_run_dir_full_later() { run_dir_full 2m; }
case_run_dir_full_leaves_no_file() {
    need_mounts
    agent_env
    run_as agent unshare -m sh -c 'mount -t tmpfs -o size=4k none "$0" && "$@" >/dev/null
        ls "$0"' "$D/run" "${ENV[@]}" "$P/victim"
    [ ! -s "$D/agent.out" ] || fail "left: $(cat "$D/agent.out")"
}
case_run_dir_of_another() {
    need_root
    chown 65534 "$D/run"
    same victim
}
case_run_dir_open_to_all() {
    chmod 777 "$D/run"
    same victim
}
case_run_dir_is_a_link() {
    rmdir "$D/run"
    mkdir "$D/elsewhere"
    ln -s "$D/elsewhere" "$D/run"
    same victim
    [ -z "$(ls "$D/elsewhere")" ] || fail "followed the link"
}

case_setuid_binary() {
    need_root
    cp "$P/state" "$D/state"
    chmod 4755 "$D/state"
    as_nobody
    plain "${NOBODY[@]}" "$D/state"
    agent "${NOBODY[@]}" "$D/state"
    compare
    expect_dumps 0 'state*'
}
# By /etc/ld.so.preload the agent is in setuid programs too, and has to leave them alone.
case_setuid_binary_ld_so_preload() {
    need_mounts
    [ -e /etc/ld.so.preload ] && skip "there is an /etc/ld.so.preload"
    cp "$P/victim" "$D/victim"
    chmod 4755 "$D/victim"
    as_nobody
    echo "$LIB" >"$D/preload"
    cp -r /etc "$D/etc"
    cp "$D/preload" "$D/etc/ld.so.preload"
    SETTINGS=(CPROF_CPU_RATE=garbage CPROF_VERBOSE=1)
    agent_env
    plain "$P/victim"
    # Every program in there is profiled, setpriv, too, which is not to leave its files here.
    run_as agent unshare -m sh -c 'mount --bind "$0" /etc && cd "$0/.." && shift && exec "$@"' "$D/etc" x \
        setpriv --reuid 65534 --clear-groups env "${SETTINGS[@]}" CPROF_DIR="$D/prof" "$D/victim"
    compare
    expect_dumps 0 'victim*'
    cp "$D/preload" "$D/etc/ld.so.preload"
    run_as again unshare -m sh -c 'mount --bind "$0" /etc && cd "$0/.." && shift && exec "$@"' "$D/etc" x \
        env CPROF_SYMBOLIZE=0 CPROF_CPU_RATE=1000 CPROF_DIR="$D/prof" CPROF_RUN_DIR="$D/run2" \
        CPROF_EXE=victim "$P/victim"
    expect_dumps 1 'victim*'
}
case_setuid_in_the_middle() {
    need_root
    LEFT=any # its owner cannot remove it any more
    same setuid_mid
    expect_dumps 1 'setuid_mid*'
}
case_setuid_early() {
    need_root
    chmod 777 "$D"
    rmdir "$D/run"
    same setuid_mid early
    expect_dumps 1 'setuid_mid*'
}

sandbox_case() {
    LEFT=any # read from outside
    same sandbox "$@"
    SETTINGS=(CPROF_CPU_RATE=0)
    same sandbox "$@"
}
case_seccomp_strict_prctl() { sandbox_case strict prctl; }
case_seccomp_strict_syscall() { sandbox_case strict syscall; }
case_seccomp_strict_late() { sandbox_case strict prctl late; }
case_seccomp_eperm_prctl() { sandbox_case eperm prctl; }
case_seccomp_eperm_syscall() { sandbox_case eperm syscall; }
case_seccomp_eperm_syscall_prctl() { sandbox_case eperm syscall-prctl; }
case_seccomp_kill_prctl() { sandbox_case kill prctl; }
case_seccomp_kill_syscall() { sandbox_case kill syscall; }
case_seccomp_kill_late() { sandbox_case kill syscall late; }
case_seccomp_tight_prctl() { sandbox_case tight prctl; }
case_seccomp_tight_syscall() { sandbox_case tight syscall; }
case_seccomp_fork_inside() { sandbox_case fork prctl; }
case_seccomp_probe_stays_outside() {
    same sandbox probe
    expect_dumps 1
    expect_between "CPU time" "$(total cpu cpu/nanoseconds)" $((90 * MS)) $((300 * MS))
}

case_closefrom() { same closefrom; }
stdio_case() { # FILE-NUMBER REDIRECTION [close]
    SETTINGS=(CPROF_DIR=/dev/null/no)
    plain sh -c "exec \"\$@\" $2" sh "$P/closed_stdio" "$D/file" ${3:+"$3"}
    agent sh -c "exec \"\$@\" $2" sh "$P/closed_stdio" "$D/file" ${3:+"$3"}
    [ "$(cat "$D/agent.status")" = "$1" ] || fail "opened $(cat "$D/agent.status"), not $1"
    grep -v "^cpprof: cannot write" "$D/agent.err" >"$D/agent.err.rest"
    mv "$D/agent.err.rest" "$D/agent.err"
    compare
    [ "$(cat "$D/file")" = "data
more" ] || fail "the file holds $(cat "$D/file")"
}
case_stdin_closed() { stdio_case 0 '<&-'; }
case_stdout_closed() { stdio_case 1 '>&-'; }
case_stderr_closed() { stdio_case 2 '2>&-'; }
case_stderr_closed_and_reused() { stdio_case 2 '' close; }
case_all_closed() { stdio_case 0 '<&- >&- 2>&-'; }

# One for each of 30 children, and the last; a child that has been seen to work has one, too.
waiter_dumps() {
    expect_between dumps "$(dumps 'waiter*')" 31 61
}
waiter() {
    same waiter "$@"
    waiter_dumps
}
case_wait_sees_nothing() { waiter; }
case_wait_sees_nothing_subreaper() { waiter subreaper; }
case_wait_sees_nothing_of_children() { waiter busy; }
pid_1() {
    need_root
    unshare --pid --fork true 2>/dev/null || skip "needs pid namespaces"
    agent_env
    plain unshare --pid --fork --mount-proc "$P/waiter" "$@"
    run_as agent unshare --pid --fork --mount-proc "${ENV[@]}" "$P/waiter" "$@"
    compare
    tidy
    waiter_dumps
}
case_wait_sees_nothing_pid_1() { pid_1; }
case_wait_sees_nothing_of_children_pid_1() { pid_1 busy; }
# The symbolizer is nobody's child either.
case_wait_sees_no_symbolizer() {
    [ -x "$B/bin/cpprof" ] || skip "no $B/bin/cpprof"
    SETTINGS=(CPROF_SYMBOLIZE=1)
    cp "$B/bin/cpprof" "$T/cpprof.new" && mkdir -p "$D/lib" && mv "$T/cpprof.new" "$D/lib/cpprof"
    cp "$LIB" "$D/lib/"
    LIB=$D/lib/libcpprof.so
    same waiter
    local i=0
    while pgrep -f "$D/lib/cpprof" >/dev/null && [ $((i += 1)) -lt 100 ]; do
        sleep 0.1
    done
    tidy
    grep -q '^function .*burn_ms' "$D/facts" || fail "no function has a name"
}

# usr2 ARGS: a victim that is asked for dumps.
usr2() {
    agent "$P/victim" "$@"
    [ "$(cat "$D/agent.status")" = 7 ] || fail "status $(cat "$D/agent.status")"
    tidy
    complete_sets
}
case_usr2_50_in_a_row() {
    usr2 ms=300 threads=3 usr2=50 gap=0
    [ ! -s "$D/agent.err" ] || fail "stderr $(cat "$D/agent.err")"
}
case_usr2_50_spaced() { usr2 ms=600 threads=1 usr2=50 gap=10; }
# A request that comes while one is served is served once, with others; but none is lost.
case_usr2_50_each() {
    usr2 ms=600 threads=1 each=50
    [ "$(cat "$D/agent.out")" = $'sender 0\ndone' ] || fail "$(cat "$D/agent.out")"
    expect_between dumps "$(dumps)" 51 52 # the sender may have one
}
case_usr2_while_a_large_dump_runs() {
    HEAP=1
    usr2 ms=1500 threads=1 usr2=5 gap=50 leak=30000
}
# Every number from 1 on has its three files, and the last was begun after the last request.
complete_sets() {
    local pids pid n i kind
    pids=$(cd "$D/prof" && ls | sed 's/^[^.]*\.\([0-9]*\)\..*/\1/' | sort | uniq -c | sort -rn)
    pid=$(echo "$pids" | awk 'NR==1 {print $2}') # not the sender, which may have one dump
    n=$(dumps "*.$pid.*")
    [ "$n" -ge 2 ] || fail "$n dumps"
    for i in $(seq "$n"); do
        for kind in "${KINDS[@]}"; do
            [ -f "$(echo "$D"/prof/*."$pid.$i.$kind.pb.gz")" ] || fail "no $i.$kind of $n"
        done
    done
}
case_thread_of_the_dump_ends() {
    HEAP=1
    same thread_gone
    complete_sets
}
# A dumper that is killed at it; another dump is asked for afterwards, or before, which it was to do.
kill_dumper() { # before|after
    local pid dumper=''
    HEAP=1
    agent_env
    "${ENV[@]}" "$P/victim" "name=kill_$1" ms=3000 leak=60000 threads=0 >"$D/out" 2>"$D/err" &
    pid=$!
    for _ in $(seq 100); do
        sleep 0.05
        [ -n "$(ls "$D/run")" ] && break
    done
    sleep 0.5
    kill -USR2 $pid
    for _ in $(seq 200); do
        # a process of that name that is the leader of its session
        dumper=$(ps -eo pid=,sid=,comm= | awk -v p=$pid -v name="kill_$1" '$3==name && $1==$2 && $1!=p {print $1}')
        [ -n "$dumper" ] && break
    done
    if [ -n "$dumper" ] && [ "$1" = before ]; then
        kill -STOP $dumper
        kill -USR2 $pid
        sleep 0.3
        kill -KILL $dumper
    elif [ -n "$dumper" ]; then
        kill -KILL $dumper
        sleep 0.2
        kill -USR2 $pid
    fi
    wait $pid
    [ $? = 7 ] || fail "status $?"
    [ -n "$dumper" ] || skip "the dumper was too quick"
    rm -f "$D"/prof/.*.tmp
    tidy
    expect_between dumps "$(dumps)" 2 3
}
case_dumper_killed() { kill_dumper after; }
case_dumper_killed_before_it_goes_on() { kill_dumper before; }

case_not_pie() { same victim_nopie; }
case_stripped() { same victim_stripped; }
case_static() {
    same victim_static
    expect_dumps 0
}

# One line for a value that cannot be used, and the default.
garbage() {
    SETTINGS=("$1=$2")
    plain "$P/victim"
    agent "$P/victim"
    messages 1 "$1='"
    compare
    tidy
    expect_dumps 1
}
case_garbage_cpu_rate() { garbage CPROF_CPU_RATE banana; }
case_garbage_cpu_rate_range() { garbage CPROF_CPU_RATE 1000000; }
case_garbage_cpu_rate_negative() { garbage CPROF_CPU_RATE -1; }
case_garbage_heap_rate() { garbage CPROF_HEAP_RATE 5x; }
case_garbage_heap_rate_overflow() { garbage CPROF_HEAP_RATE 99999999999999999999999; }
case_garbage_stack_depth() { garbage CPROF_STACK_DEPTH 0; }
case_garbage_signal() { garbage CPROF_SIGNAL SIGNONSENSE; }
case_garbage_signal_kill() { garbage CPROF_SIGNAL KILL; }
case_garbage_signal_number() { garbage CPROF_SIGNAL 99; }
case_garbage_dump() { garbage CPROF_DUMP cpu,,heap; }
case_garbage_at_exit() { garbage CPROF_AT_EXIT maybe; }
case_garbage_symbolize() { garbage CPROF_SYMBOLIZE 2; }
case_garbage_max_memory() { garbage CPROF_MAX_MEMORY 1; }
case_garbage_verbose() { garbage CPROF_VERBOSE yes; }
case_garbage_long() { garbage CPROF_CPU_RATE "$(printf 'x%.0s' $(seq 5000))"; }
case_garbage_dir_long() {
    SETTINGS=(CPROF_DIR="/tmp/$(printf 'x%.0s' $(seq 5000))" CPROF_AT_EXIT=0)
    plain "$P/victim"
    agent "$P/victim"
    messages 1 "CPROF_DIR='"
    compare
}
case_exe_filter() {
    SETTINGS=(CPROF_EXE='other*')
    same state
    same victim
    expect_dumps 0
}
case_all_off() {
    SETTINGS=(CPROF_CPU_RATE=0 CPROF_HEAP_RATE=0 CPROF_SIGNAL=0)
    same state
    same fork_threads 10
    same take_signals sigwait
    expect_dumps 0
}

# Real programs, briefly.
real() {
    command -v "$1" >/dev/null || skip "no $1"
    plain "$@"
    agent "$@"
    compare
    tidy
}
case_real_python() {
    real python3 -c 'import threading, subprocess, json, hashlib
def work(): return [hashlib.sha256(json.dumps({"n": i}).encode()).hexdigest() for i in range(5000)]
ts = [threading.Thread(target=work) for _ in range(4)]
[t.start() for t in ts]; [t.join() for t in ts]
print(work()[-1], subprocess.run(["echo", "hi"], capture_output=True).stdout)'
}
case_real_python_signals() {
    real python3 -c 'import signal, os, time
print([str(signal.getsignal(s)) for s in (signal.SIGUSR2, signal.SIGPROF, signal.SIGINT)])
n = [0]
def on(s, f): n[0] += 1
for s in (signal.SIGUSR2, signal.SIGPROF): signal.signal(s, on); os.kill(os.getpid(), s)
signal.setitimer(signal.ITIMER_PROF, 0.01, 0)
t = time.process_time()
while time.process_time() - t < 0.2: pass
print(n, signal.pthread_sigmask(signal.SIG_BLOCK, []))'
}
case_real_bash() {
    LEFT=any # yes is killed by its pipe
    real bash -c 'for i in $(seq 50); do x=$(echo $i | tr 1 2); done; echo $x; (exit 3); echo $?
        trap "echo usr2" USR2; kill -USR2 $$; yes | head -n 5; wait; ulimit -c'
}
case_real_perl() {
    real perl -e 'my %h; $h{$_ % 977} .= "x$_" for 1..200000; print length($h{5}), "\n";
        $SIG{PROF} = sub { print "prof\n" }; kill PROF => $$; print `echo hi`; fork or exit 4;
        wait; print $? >> 8, "\n"'
}
case_real_tar() {
    real sh -c 'tar czf - --sort=name --mtime=@0 tests/preload proto | gzip -dc | tar tf - | sort |
        md5sum'
}
case_real_gcc() {
    real sh -c 'gcc -O2 -std=gnu11 -D_GNU_SOURCE -S -o - tests/preload/prog/victim.c | md5sum'
}

# Where system calls are the program's to see, the agent makes none.
case_syscall_user_dispatch() {
    LEFT=any # nothing is written from inside
    same dispatch
}

# Valgrind knows neither our clone nor our system calls: the program is left alone.
case_valgrind() {
    command -v valgrind >/dev/null || skip "valgrind is not installed"
    plain valgrind -q "$P/short_threads" return
    agent valgrind -q "$P/short_threads" return
    [ "$(cat "$D/plain.status")" = 0 ] || fail "the program fails by itself"
    [ "$(cat "$D/plain.status")" = "$(cat "$D/agent.status")" ] ||
        fail "status $(cat "$D/plain.status") without, $(cat "$D/agent.status") with: $(tail -n 1 "$D/agent.err")"
    cmp -s "$D/plain.out" "$D/agent.out" || fail "stdout differs: $(first_difference out)"
}

# A race-free program is one for the thread sanitizer with the agent, too; its runtime is in the program or a library.
thread_sanitizer() { # COMPILER OPTION
    "$1" -fsanitize=thread "$2" -O1 -g -o "$D/tsan" tests/preload/tsan.cpp -pthread 2>"$D/build" ||
        skip "does not build: $(tail -n 1 "$D/build")"
    plain "$D/tsan"
    agent "$D/tsan"
    compare
}
case_thread_sanitizer() {
    thread_sanitizer g++ -static-libtsan
}
case_thread_sanitizer_library() {
    thread_sanitizer g++ -pthread
}
case_thread_sanitizer_clang() {
    thread_sanitizer clang++ -pthread
}

# What the address sanitizer is for is found as without the agent: with gcc its runtime is a library, which
# wants to be the first one; with clang it is in the program.
address_sanitizer() { # COMPILER
    local bug what='/ERROR|SUMMARY|done/!d; s/==[0-9]+==//; s/0x[0-9a-f]+/N/g'
    command -v "$1" >/dev/null && "$1" -fsanitize=address -O1 -g -w -o "$D/asan" tests/preload/asan.c -pthread 2>"$D/build" ||
        skip "$1 does not build it: $(tail -n 1 "$D/build")"
    # Or it stumbles over the frames of a cancelled thread itself.
    export ASAN_OPTIONS=use_sigaltstack=0
    for bug in none overflow use_after_free double_free leak stack_overflow global_overflow; do
        plain "$D/asan" $bug
        agent "$D/asan" $bug
        sed -E -i "$what" "$D/plain.err" "$D/agent.err"
        compare
    done
    # It knows what is no leak, the loader's own tables of threads, by who allocates it.
    plain "$D/asan" none
    HEAP=1 agent "$D/asan" none
    compare
}
case_address_sanitizer_gcc() {
    LEFT=any # it ends programs by _exit behind libc's back
    address_sanitizer gcc
}
case_address_sanitizer_clang() {
    LEFT=any
    address_sanitizer clang
}

# Another C library: one line, and the program does what it does without us.
case_musl() {
    command -v musl-gcc >/dev/null || skip "musl-gcc is not installed"
    musl-gcc -O1 -w -o "$D/musl" tests/preload/musl.c -pthread 2>"$D/build" || skip "does not build: $(tail -n 1 "$D/build")"
    plain "$D/musl"
    agent "$D/musl"
    [ "$(cat "$D/plain.status")" = 6 ] || fail "the program fails by itself"
    messages 1 'this program.s C library'
    compare
}
