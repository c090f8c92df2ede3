# Waits: counts and times against what programs measured around the same calls, and threads against
# how many there are.
timed_truths+=(waits_known waits_cxx waits_rust waits_paths waits_alone waits_holder waits_turns waits_ball waits_threshold waits_off
    waits_unbiased_mutex waits_unbiased_block waits_unbiased_often threads_known)

# run_waits PROGRAM ARGS...: under the agent; what it says in $work/truth, the totals of its profiles in
# $work/block and $work/mutex.
run_waits() {
    local pid kind
    fresh
    export CPROF_MUTEX_FRACTION=${FRACTION:-1} CPROF_BLOCK_RATE=${RATE:-1}
    export CPROF_MUTEX_THRESHOLD=${THRESHOLD:-0} CPROF_BLOCK_THRESHOLD=${THRESHOLD:-0}
    agent "$BIN/$1" "${@:2}" >"$work/truth"
    local status=$?
    unset CPROF_MUTEX_FRACTION CPROF_BLOCK_RATE CPROF_MUTEX_THRESHOLD CPROF_BLOCK_THRESHOLD
    [ $status = 0 ] || { why="$1 ended with $status"; return 1; }
    pid=$(field pid 2 "$work/truth")
    for kind in block mutex; do
        : >"$work/$kind"
        if there "$pid" 1 $kind && ! "$BIN/totals" "$(profile_of "$pid" 1 $kind)" >"$work/$kind"; then
            why="$kind: not readable"
            return 1
        fi
    done
}

# Compares every site that the program printed: in the block profile under its word, in the mutex
# profile as waiter and, by NAME_release, as holder; in the latter only locks. Counts exactly, times to
# 1 %. A line for each that differs; the last one is the summary. HELD: 0 leaves holders' counts, and
# 3 % for the time of the holder alone, where others hold the lock in between.
compare_waits() {
    awk -v held="${HELD:-1}" '
        function off(a, b) { a += 0; b += 0; return b ? (a > b ? a - b : b - a) / b : a != 0 }
        function bad(s) { print "# " s; failed++ }
        FILENAME ~ /block$/ && $1 == "site" { bn[$2, $3] = $4; bd[$2, $3] = $5; words[$2] = words[$2] " " $3 }
        FILENAME ~ /mutex$/ && $1 == "any" { n[$2] = $3; d[$2] = $4; hn[$2] = $5; hd[$2] = $6 }
        FILENAME ~ /mutex$/ && $1 == "total" { total = $0; tn = $2; td = $3; thn = $4; thd = $5 }
        FILENAME ~ /truth$/ && $1 == "site" {
            site = "site_" $2; r = site "_release"; k = site SUBSEP "wait=" $3; sites++
            if (bn[k] != $4) bad("block: " site " " $3 ": " bn[k] + 0 " waits, not " $4 " (labels:" words[site] ")")
            if (off(bd[k], $5) > 0.01) bad("block: " site " " $3 ": " bd[k] + 0 " ns, not " $5)
            if (off(bd[k], $5) > most) most = off(bd[k], $5)
            if ($6) {
                if (n[site] != $4) bad("mutex: " site ": " n[site] + 0 " contentions, not " $4)
                if (off(d[site], $5) > 0.01) bad("mutex: " site ": " d[site] + 0 " ns, not " $5)
                if (hn[site]) bad("mutex: " site " is a waiter, and holder of " hn[site])
                if (held && hn[r] != $4) bad("mutex: " r " let " hn[r] + 0 " go, not " $4)
                if (off(hd[r], $5) > (held ? 0.01 : 0.03)) bad("mutex: " r " is charged " hd[r] + 0 " ns, not " $5)
            } else if (n[site] && $3 != "mutex") bad("mutex: " site " is there, and is no lock")
        }
        END {
            if (tn != thn) bad("mutex: " thn " held_contentions, not " tn " as contentions")
            if (off(thd, td) > 0.01) bad("mutex: held_delay is " thd ", delay " td)
            printf "%d sites, %.3f %% farthest from the truth, %d differences\n", sites, 100 * most, failed
        }' "$work/block" "$work/mutex" "$work/truth" >"$work/compared"
    grep '^#' "$work/compared"
    why=$(tail -n 1 "$work/compared")
    echo "# $1: $why"
    [ "$(wc -l <"$work/compared")" = 1 ]
}

# claim_waits NAME: rows of the sums over all sites, in the block profile and on both sides of the mutex one.
claim_waits() {
    local n ns held
    read -r n ns < <(awk '$1 == "site" { n += $4; ns += $5 } END { printf "%.0f %.0f", n, ns }' "$work/truth")
    claim "$1: waits" "$n" "$(awk '$1 != "site" { next } FILENAME ~ /truth$/ { k["site_" $2, "wait=" $3]; next }
        ($2, $3) in k { n += $4 } END { printf "%.0f", n }' "$work/truth" "$work/block")" exact
    claim "$1: farthest site's time" "0 %" "$(sed -n 's/.* \([0-9.]* %\) farthest.*/\1/p' "$work/compared") (of $((ns / 1000000)) ms)" "within 1 %"
    [ ! -s "$work/mutex" ] || held=$(awk '$1 == "total" && $3 > 0 { printf "%.4f", $5 / $3 }' "$work/mutex")
    [ -z "$held" ] || claim "$1: holders' time, of their waiters'" 1 "$held" "within 1 %"
}

# check_waits NAME PROGRAM ARGS... Up to five times: on a busy machine a thread may be put aside between
# its own look at the clock and the agent's.
check_waits() {
    local why='' i
    for i in 1 2 3 4 5; do
        if run_waits "${@:2}" && compare_waits "$1"; then
            claim_waits "$1"
            pass "$1"
            return
        fi
    done
    claim_waits "$1"
    fail "$1" "$why"
}

truth_waits_known() {
    local rounds=${LONG:+100}
    check_waits "waits_known: every function, each wait known" waits_known "${rounds:-10}" 8
}
truth_waits_cxx() {
    check_waits "waits_cxx: C++'s locks and conditions" waits_cxx 20 6
}
truth_waits_rust() {
    if [ -x "$BIN/waits_rust" ]; then
        check_waits "waits_rust: Rust's Mutex, Condvar, RwLock" waits_rust 20 6
    else
        skip waits_rust "rustc is not installed"
    fi
}
truth_waits_paths() {
    check_waits "waits_paths: one place, reached by many ways" waits_paths 100 3
}
truth_waits_alone() {
    check_waits "waits_alone: one thread, a lock of two processes" waits_alone 50 5
}
truth_waits_holder() {
    HELD=0 check_waits "waits_holder: one slow holder, five waiters" waits_slow holder 20
}
truth_waits_turns() {
    HELD=1 check_waits "waits_turns: four threads, 200 times 5 ms" waits_slow turns 50
}
truth_waits_ball() {
    check_waits "waits_ball: two threads, two conditions" waits_slow ball 150
}

# Waits shorter than the threshold are in neither profile, longer ones as they were. (Now and then one
# may take longer than it should; the program knows that, too.)
truth_waits_threshold() {
    local name="waits_threshold: shorter waits are left out"
    THRESHOLD=100000000 check_waits "$name, 2 ms of 100 ms" waits_known 4 2 100000000
    THRESHOLD=6000000 check_waits "$name, 12 ms of 6 ms" waits_known 4 12 6000000
}

# Switched off, each by itself, there is no such file and the other is whole.
truth_waits_off() {
    local name="waits_off" block mutex
    FRACTION=0 run_waits waits_known 2 2 && block=$(field total 2 "$work/block") mutex=$(field total 2 "$work/mutex")
    FRACTION=1 RATE=0 run_waits waits_known 2 2
    echo "# $name: $block and $mutex without mutex, $(field total 2 "$work/block") and $(field total 2 "$work/mutex") without block"
    if holds "$block >= 90 && $mutex == 0 && $(field total 2 "$work/block") == 0 && $(field total 2 "$work/mutex") >= 20"; then
        pass "$name"
    else
        fail "$name" "not as set"
    fi
}

# unbiased NAME KIND SITE PROGRAM ARGS...: the mean of many runs, within 3.5 of its standard error, which
# the program knows of the waits that it had: about 1 % for the full number of runs, when the machine is
# quiet.
unbiased() {
    local name=$1 kind=$2 site="site_$3" runs=3 i why=''
    [ -z "$LONG" ] || runs=${LONG_RUNS:-20}
    : >"$work/runs"
    for ((i = 0; i < runs; i++)); do
        run_waits "${@:4}" || { fail "$name" "$why"; return; }
        awk -v site="$site" '
            FILENAME ~ /truth$/ && $1 == "site" { n = $4; ns = $5 }
            FILENAME ~ /truth$/ && $1 == "sigma" { sn = $2; sd = $3 }
            $1 == "any" && $2 == site { gn = $3; gd = $4 }
            END { print gn / n, gd / ns, sn, sd }' "$work/truth" "$work/$kind" >>"$work/runs"
    done
    awk '{ n += $1; d += $2; vn += $3 * $3; vd += $4 * $4 }
         function off(x, v) { x = x / NR - 1; return (x < 0 ? -x : x) / (sqrt(v) / NR) }
         END { printf "mean of %d runs: count %.4f +- %.4f, delay %.4f +- %.4f of the truth",
                      NR, n / NR, sqrt(vn) / NR, d / NR, sqrt(vd) / NR
               exit !(off(n, vn) < 3.5 && off(d, vd) < 3.5) }' "$work/runs" >"$work/mean"
    local held=$?
    echo "# $name: $(cat "$work/mean")"
    claim "$name, mean count of $runs runs" 1 "$(sed 's/.*count \([0-9.]* +- [0-9.]*\),.*/\1/' "$work/mean")" "3.5 sigma"
    claim "$name, mean delay of $runs runs" 1 "$(sed 's/.*delay \([0-9.]* +- [0-9.]*\) .*/\1/' "$work/mean")" "3.5 sigma"
    if [ $held = 0 ]; then
        pass "$name"
    else
        fail "$name" "biased"
    fi
}
truth_waits_unbiased_mutex() {
    FRACTION=100 RATE=0 unbiased "waits_unbiased_mutex: 1 in 100" mutex many waits_many lock 60000 100
}
# Their mean is 90 us. Of one thread's some 70 a second are kept, few enough for the rate to stay as set.
truth_waits_unbiased_block() {
    FRACTION=0 RATE=9000000 LONG_RUNS=40 unbiased "waits_unbiased_block: 100 times the mean wait" block sleep \
        waits_many sleep 20000 9000000 1
}

# At the default rate all of them would be kept; as they are 60 a millisecond, about a hundred a second are,
# by a rate that doubles until then: to 10 us times 2^13.
truth_waits_unbiased_often() {
    local name="waits_unbiased_often: more waits than are recorded"
    FRACTION=0 RATE=10000 LONG_RUNS=100 unbiased "$name" block sleep waits_many sleep 60000 81920000 8
    if awk '$1 != 1 { sampled = 1 } END { exit !sampled }' "$work/runs"; then
        pass "$name: not all"
    else
        fail "$name: not all" "every wait was recorded"
    fi
}

# made_as_told FILE: threadcreate's counts.
made_as_told() {
    awk 'FILENAME ~ /truth$/ && $1 == "made" { made[$2] = $3; all += $3 }
         $1 == "any" && ($2 in made) { got[$2] = $3 }
         FILENAME !~ /truth$/ && $1 == "total" { total = $2 }
         END { for (s in made) if (got[s] != made[s]) { print "# " s " made " got[s] + 0 ", not " made[s]; bad = 1 }
               if (total != all) { print "# " total + 0 " made in all, not " all; bad = 1 }
               exit bad }' "$work/truth" "$1"
}

# states_as_told FILE: so many threads in each state, all at their place, and main, which reads.
states_as_told() {
    awk 'FILENAME ~ /truth$/ && $1 == "state" { n["state=" $2] = $3; at["state=" $2] = $4; all += $3 }
         $1 == "site" && at[$3] == $2 { here[$3] = $4 }
         $1 == "label" && ($2 in n) { got[$2] = $3 }
         $1 == "label" && $2 ~ /^thread=/ { sub("thread=", "", $2); name[$2] = $3 }
         FILENAME !~ /truth$/ && $1 == "total" { total = $2 }
         END { for (s in n) {
                   more = s == "state=read" ? 1 : 0
                   if (got[s] != n[s] + more) { print "# " got[s] + 0 " threads with " s ", not " n[s] + more; bad = 1 }
                   if (here[s] != n[s]) { print "# " here[s] + 0 " threads with " s " in " at[s] ", not " n[s]; bad = 1 }
                   t = s; sub("state=", "", t)
                   if (name[t] != n[s]) { print "# " name[t] + 0 " threads named " t ", not " n[s]; bad = 1 }
               }
               if (total != all + 1) { print "# " total + 0 " threads in all, not " all + 1; bad = 1 }
               exit bad }' "$work/truth" "$1"
}

# all_wait PID: but for the two that run, each thread is where it waits; main in read, system call 0.
all_wait() {
    [ "$(cut -d ' ' -f 1 "/proc/$1/syscall")" = 0 ] &&
        [ "$(sed 's/.*) //' "/proc/$1/task/"*/stat | grep -c ^R)" -le 2 ]
}

truth_threads_known() {
    local name="threads_known: a thousand threads" line pid=
    fresh
    coproc KNOWN { LD_PRELOAD=$AGENT exec "$BIN/threads_known"; }
    : >"$work/truth"
    while read -r line <&"${KNOWN[0]}"; do
        echo "$line" >>"$work/truth"
        [[ $line != ready* ]] || { pid=${line#ready }; break; }
    done
    sleep 0.2
    if [ -z "$pid" ] || ! wait_for all_wait "$pid" || ! kill -USR2 "$pid" || ! wait_for there "$pid" 1 threads ||
        ! wait_for there "$pid" 1 threadcreate; then
        fail "$name" "no profile"
    else
        "$BIN/totals" "$(profile_of "$pid" 1 threads)" >"$work/threads"
        "$BIN/totals" "$(profile_of "$pid" 1 threadcreate)" >"$work/threadcreate"
        echo "# $name: $(field total 2 "$work/threads") seen, $(field stacks 2 "$work/threads") stacks"
        claim "$name" "$(awk '$1 == "state" { n += $3 } END { print n + 1 }' "$work/truth")" "$(field total 2 "$work/threads")" "all, each state"
        if states_as_told "$work/threads"; then
            pass "$name, their states"
        else
            fail "$name, their states" "not as told"
        fi
        if made_as_told "$work/threadcreate"; then
            pass "$name, who made them"
        else
            fail "$name, who made them" "not as told"
        fi
    fi
    echo >&"${KNOWN[1]}"
    [ -z "$pid" ] || wait "$pid" 2>/dev/null
}
