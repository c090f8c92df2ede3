# Shells: bash's job control, bash's own tests, Perl's threads.

# ---- bash

# Job numbers are fixed, process IDs are not.
BASH_PIDS='s/ *[0-9]{3,}/ N/g'

bash_jobs() {
    same_output background "$BASH_PIDS" bash -c 'set -m; sleep 0.2 & sleep 0.1 & jobs; wait; jobs; echo $?'
    same_output stop_and_go "$BASH_PIDS" bash -c 'set -m; sleep 0.3 & kill -STOP %1; sleep 0.1; jobs -s; bg %1; wait %1; echo $?'
    same_output foreground "$BASH_PIDS" bash -c 'set -m; (sleep 0.1; exit 7) & fg %1; echo $?'
    same_output wait_n "/^\\[/d" bash -c 'set -m; for i in 3 1 2; do (sleep $i; exit $i) & done; for i in 1 2 3; do wait -n; echo $?; done'
    same_output disown "$BASH_PIDS" bash -c 'set -m; sleep 0.1 & disown %1; jobs; wait; echo $?'
    # Not USR2: from another process it is the request for a dump, and does not end a profiled program.
    same_output killed "$BASH_PIDS" bash -c 'for s in TERM INT HUP PROF ALRM USR1 KILL; do sleep 20 & sleep 0.5; kill -$s $!; wait $! 2>/dev/null; echo $s $?; done'
    same_output traps "$BASH_PIDS" bash -c 'for s in INT TERM USR1 USR2 PROF URG CHLD WINCH ALRM; do trap "echo $s" $s; kill -$s $$; done; trap -p; (exit 3); echo $?'
    same_output pipestatus "$BASH_PIDS" bash -c 'set -o pipefail; (exit 2) | (exit 3) | cat; echo $? ${PIPESTATUS[@]}; yes | head -n 2; echo ${PIPESTATUS[@]}'
    same_output coproc "$BASH_PIDS" bash -c 'coproc cat; echo hello >&${COPROC[1]}; read -r x <&${COPROC[0]}; echo $x; exec {COPROC[1]}>&-; wait; echo $?'
    same_output substitution "$BASH_PIDS" bash -c 'for i in $(seq 100); do x=$(echo $i); done; echo $x; diff <(seq 10) <(seq 11); echo $?; ls /proc/self/fd | wc -l'
    same_output exec "$BASH_PIDS" bash -c 'exec 5>/dev/null; ulimit -n 20; exec bash -c "ls /proc/self/fd; ulimit -n"'
    same_output subreaper_of_none "$BASH_PIDS" bash -c '(sleep 0.1 & sleep 0.1 &) ; wait; echo $?; sleep 0.3; jobs'
    # On a terminal of its own: stopping by ^Z, interrupting by ^C. When bash tells of the end of a job depends
    # on when it hears of it.
    same_output terminal '/^\[1\]\+ +Terminated/d; s/\x1b\[[?0-9;]*[a-zA-Z]//g; s/[0-9]{3,}/N/g; s/\r//g' "$PYTHON" "$HERE/cases/terminal.py" bash --norc --noprofile -i
}

# Tests of the source package; each run-NAME compares what a script prints with what is expected.
bash_own_tests() {
    local test
    cp -r "$SOURCES/bash/tests" "$D/tests" && cd "$D/tests" || return 1
    cp "$SOURCES/bash/helpers/"* . || return 1
    for test in run-*; do
        case $test in run-all | run-minimal | run-gprof | run-read | run-intl | run-posix2) continue ;; esac
        [ -z "$ONLY" ] || grep -qx "$test" "$ONLY" || continue
        same_output "$test" "s|$D|DIR|g; s/[0-9]{4,}/N/g; s/BASH_PID.*//; s/process group \([0-9]+\)/process group (N)/" timeout 400 env THIS_SH=/bin/bash \
            PATH="$D/tests:$PATH" BASH_TSTOUT="$D/out.$test" TMPDIR="$D" sh "./$test"
    done
}

suite_bash() {
    local helper
    version "$(bash --version | sed -n '1s/.*version \([^ (]*\).*/\1/p')"
    unit job_control bash_jobs
    [ -z "$SHORT" ] || return 0
    source_of bash
    if [ ! -d "$SOURCE/helpers" ]; then
        mkdir -p "$SOURCE/helpers"
        touch "$SOURCE/helpers/config.h"
        for helper in recho zecho printenv xcase; do
            cc -w -I"$SOURCE/helpers" -I"$SOURCE" -I"$SOURCE/include" -include stdlib.h -include string.h -include unistd.h -include stdio.h \
                -o "$SOURCE/helpers/$helper" "$SOURCE/support/$helper.c" || skip "its tests' helper $helper does not build"
        done
    fi
    unit own_tests bash_own_tests
}

# ---- Perl

# What Perl's tests of threads do in little, for where its source is not at hand.
perl_threads() {
    same_output create_join '' perl -Mthreads -e 'my @t = map { my $n = $_; threads->create(sub { my $s = 0; $s += $_ * $n for 1..20000; $s }) } 1..8; print $_->join, "\n" for @t; print threads->list + 0, "\n"'
    same_output shared '' perl -Mthreads -Mthreads::shared -e 'my $n :shared = 0; my @t = map { threads->create(sub { for (1..2000) { lock $n; $n++ } }) } 1..4; $_->join for @t; print "$n\n"'
    same_output queue '' perl -Mthreads -MThread::Queue -e 'my $q = Thread::Queue->new; my $r = Thread::Queue->new; my @t = map { threads->create(sub { while (defined(my $x = $q->dequeue)) { $r->enqueue($x * 2) } }) } 1..3; $q->enqueue(1..500); $q->end; $_->join for @t; my $s = 0; while (defined(my $x = $r->dequeue_nb)) { $s += $x } print "$s\n"'
    same_output semaphore '' perl -Mthreads -MThread::Semaphore -e 'my $s = Thread::Semaphore->new(0); my $t = threads->create(sub { $s->down(3); "down" }); $s->up for 1..3; print $t->join, "\n"'
    same_output cond '' perl -Mthreads -Mthreads::shared -e 'my $turn :shared = 0; sub play { my $me = shift; for (1..200) { lock $turn; cond_wait($turn) until $turn % 2 == $me; $turn++; cond_broadcast($turn) } } my $t = threads->create(\&play, 1); play(0); $t->join; print "$turn\n"'
    same_output kill '' perl -Mthreads -e 'my $t = threads->create(sub { my $on = 1; $SIG{USR2} = sub { $on = 0 }; select(undef, undef, undef, 0.01) while $on; "killed" }); select(undef, undef, undef, 0.1); $t->kill("USR2"); print $t->join, "\n"'
    same_output fork_in_thread '' perl -Mthreads -e 'my $t = threads->create(sub { my $p = fork; exit 5 if defined $p && !$p; waitpid $p, 0; $? >> 8 }); print $t->join, "\n"; system "exit 3"; print $? >> 8, "\n"'
    same_output detach 's/[0-9]+/N/g' perl -Mthreads -e 'threads->create(sub { 1 })->detach for 1..50; select(undef, undef, undef, 0.3); print threads->list + 0, "\n"'
    same_output alarms '' perl -MTime::HiRes=ualarm,sleep -e 'my $n = 0; $SIG{ALRM} = sub { $n++ }; ualarm(20000, 20000); my $s = 0; while ($n < 10) { $s += $_ for 1..1000 } print "$n\n"; ualarm(0); $SIG{PROF} = sub { print "prof\n" }; kill PROF => $$; print "done\n"'
}

# perl_tests FOLDER: each .t of it, run by the Perl that is installed.
perl_tests() {
    local test
    cp -r "$SOURCES/perl/dist/$1" "$D/dist" && cd "$D/dist" || return 1
    for test in t/*.t; do
        [ -z "$ONLY" ] || grep -q "^$test\b" "$ONLY" || continue
        timeout 200 "${ENV[@]}" perl "$test" >"$D/out" 2>"$D/err"
        outcome "$test" "status $?"
        awk -v t="$test" '/^(not )?ok [0-9]+/ { n = $1 == "ok" ? $2 : $3; print t ":" n "\t" ($1 == "ok" ? "ok" : "not ok") }' "$D/out" >>"$RESULTS"
    done
}

suite_perl() {
    local folder
    version "$(perl -e 'print substr($^V, 1)')"
    perl -Mthreads -e 1 2>/dev/null || skip "this perl has no threads"
    unit threads_in_little perl_threads
    [ -z "$SHORT" ] || return 0
    source_of perl
    for folder in threads threads-shared Thread-Queue Thread-Semaphore; do
        unit "$folder" perl_tests "$folder"
    done
}
