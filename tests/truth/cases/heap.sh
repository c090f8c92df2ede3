# The heap: estimates against a program that knows its own.
truths+=(heap_estimate heap_exact heap_paths heap_reloaded heap_remapped heap_cut heap_beside heap_fork)

# heap_known RATE SCALE: runs it, or PROGRAM, dumps when all is live and after all is freed. Leaves the truth in
# $work/truth, the two profiles' totals in $work/live and $work/freed.
heap_known() {
    local pid line
    : >"$work/truth"
    fresh
    coproc KNOWN { CPROF_HEAP_RATE=$1 LD_PRELOAD=$AGENT${BESIDE:+:$BESIDE} exec "$BIN/${PROGRAM:-heap_known}" "$2"; }
    pid=$KNOWN_PID
    while read -r line <&"${KNOWN[0]}" && [ "$line" != live ]; do
        echo "$line" >>"$work/truth"
    done
    ask_dump "$pid" 1 && "$BIN/totals" "$(profile_of "$pid" 1 heap)" >"$work/live" || return 1
    echo >&"${KNOWN[1]}"
    read -r line <&"${KNOWN[0]}" || return 1
    ask_dump "$pid" 2 && "$BIN/totals" "$(profile_of "$pid" 2 heap)" >"$work/freed" || return 1
    echo >&"${KNOWN[1]}"
    wait "$pid"
}

# Whether any sample of the known sites is in use after all was freed.
all_freed() {
    awk '$1 == "site" && ($6 != 0 || $7 != 0) { bad = 1 } $1 == "site" { n++ } END { exit bad || !n }' "$work/freed"
}

# heap_figures: ratio of estimate to truth, and by site and size the largest deviation in sigmas.
heap_figures() {
    awk '$1 == "all" { printf "%s %.4f of %.0f MiB; ", $2, $4 / $3, $3 / 1048576 }
         $1 == "z" && $7 > 0 { z = ($6 - $5) / $7; z = z < 0 ? -z : z; if (z > most) { most = z; at = $2 " " $3 " " $4 } }
         END { printf "farthest %.1f sigma (%s)", most, at }' "$1"
}

# claim_heap WHAT FILE BOUND: rows for what is in use and what was allocated.
claim_heap() {
    local what true_bytes got
    while read -r _ what true_bytes got _; do
        claim "$1: ${what/alloc/allocated}" "$true_bytes B" "$(awk "BEGIN { printf \"%.0f B (%+.2f %%)\", $got, 100 * ($got / $true_bytes - 1) }")" "$3"
    done < <(grep '^all ' "$2")
}

# within SIGMAS FILE: no site and size is farther from the truth, nor off where nothing is random.
within() {
    awk -v limit="$1" '
        $1 == "objects" { bad = 1; print "# objects do not agree with bytes: " $2, $3, $4 }
        $1 == "z" { d = $6 - $5; d = d < 0 ? -d : d
                    if (d > limit * $7 + 1 + $5 / 100000) { bad = 1; print "# " $0 } }
        END { exit bad }' "$2"
}

# 5 % each run and 1 % the mean are the promises; by site and size it is what the sampling allows. Of
# some 80 sites and sizes in 10 runs one beyond 5.5 sigma happens by chance once in 30 000.
truth_heap_estimate() {
    local name="heap_estimate: 1 GiB live at 64 KiB" runs=${LONG:+10} i
    runs=${runs:-4}
    : >"$work/all_runs"
    for ((i = 1; i <= runs; i++)); do
        heap_known 64k 64 || { fail "$name, run $i" "no profile"; continue; }
        awk -v rate=65536 -f "$HERE/heap_compare.awk" "$work/truth" "$work/live" >"$work/compared"
        cat "$work/compared" >>"$work/all_runs"
        echo "# $name, run $i: $(heap_figures "$work/compared")"
        claim_heap "$name, run $i" "$work/compared" "within 5 %"
        if ! awk '$1 == "all" { if ($4 < 0.95 * $3 || $4 > 1.05 * $3) exit 1 }' "$work/compared"; then
            fail "$name, run $i" "the total is not within 5 %"
        elif ! within 5.5 "$work/compared"; then
            fail "$name, run $i" "a site and size is beyond what sampling allows"
        elif ! all_freed; then
            fail "$name, run $i" "something is in use after everything was freed"
        else
            pass "$name, run $i"
        fi
    done
    heap_mean "$name, mean of $runs" "$runs"
}

# heap_mean NAME RUNS: the same for the mean of all runs, whose sigma is smaller.
heap_mean() {
    awk -v runs="$2" '
        $1 == "z" { k = $2 " " $3 " " $4; t[k] = $5; e[k] += $6 / runs; s[k] = $7 / sqrt(runs) }
        $1 == "all" { at[$2] = $3; ae[$2] += $4 / runs; as[$2] = $5 / sqrt(runs) }
        END { for (k in t) printf "z %s %.0f %.0f %.1f\n", k, t[k], e[k], s[k]
              for (k in at) printf "all %s %.0f %.0f %.1f\n", k, at[k], ae[k], as[k] }' "$work/all_runs" >"$work/mean"
    echo "# $1: $(heap_figures "$work/mean")"
    claim_heap "$1" "$work/mean" "within 1 %"
    claim "$1: site and size farthest off" "0 sigma" "$(heap_figures "$work/mean" | sed 's/.*farthest \([0-9.]*\) sigma.*/\1 sigma/')" "4.5 sigma"
    if ! awk '$1 == "all" { if ($4 < 0.99 * $3 || $4 > 1.01 * $3) exit 1 }' "$work/mean"; then
        fail "$1" "the total is not within 1 %"
    elif ! within 4.5 "$work/mean"; then
        fail "$1" "a site and size is biased"
    else
        pass "$1"
    fi
}

# heap_rate_one NAME [SCALE]: every allocation is sampled, so the profile must be exact, given enough memory.
heap_rate_one() {
    if ! CPROF_MAX_MEMORY=512M heap_known 1 "${2:-1}"; then
        fail "$1" "no profile"
        return
    fi
    awk -v rate=1 -f "$HERE/heap_compare.awk" "$work/truth" "$work/live" >"$work/compared"
    echo "# $1: $(heap_figures "$work/compared")"
    claim_heap "$1" "$work/compared" exact
    claim "$1: in use after all is freed" "0 B" "$(awk '$1 == "site" { s += $7 } END { printf "%.0f B", s }' "$work/freed")" exact
    if ! awk '$1 == "z" && $5 != $6 { print "# " $0; bad = 1 } END { exit bad }' "$work/compared"; then
        fail "$1" "not exact"
    elif ! within 0 "$work/compared"; then
        fail "$1" "objects do not agree with bytes"
    elif ! all_freed; then
        fail "$1" "something is in use after everything was freed"
    else
        pass "$1"
    fi
}

truth_heap_exact() {
    heap_rate_one "heap_exact: every allocation at rate 1"
}

# One place, reached by many ways: a stack that is remembered is not taken for another one.
truth_heap_paths() {
    PROGRAM=heap_paths heap_rate_one "heap_paths: one place, reached by many ways" 5000
}

# Code that takes the place of other code, all within the second that maps are else not read again in.
truth_heap_reloaded() {
    PROGRAM=heap_reloaded heap_rate_one "heap_reloaded: one library after the other" 100
}

# Code that a program has put where the loader had mapped it.
truth_heap_remapped() {
    PROGRAM=heap_remapped heap_rate_one "heap_remapped: code in the program's own memory" 1000
}

# A stack that is cut at the depth limit is counted, each time.
truth_heap_cut() {
    local name="heap_cut: stacks cut at the depth limit" made cut
    export CPROF_STACK_DEPTH=4
    PROGRAM=heap_paths heap_known 1 1000
    unset CPROF_STACK_DEPTH
    made=$(awk '$1 == "truth" { n += $4 } END { print n }' "$work/truth")
    cut=$(sed -n 's/^comment .*[ _]\([0-9]*\)[ _]stacks[ _]truncated.*/\1/p' "$work/live")
    claim "$name" "$made" "${cut:-0}" "none less, 100 more"
    if [ "${cut:-0}" -ge "$made" ] && [ "$cut" -le $((made + 100)) ]; then
        pass "$name"
    else
        fail "$name" "${cut:-0} of $made"
    fi
}

# Allocators that bring their own malloc and operator new: each block is still counted once.
truth_heap_beside() {
    local lib path
    for lib in libjemalloc.so.2 libtcmalloc_minimal.so.4; do
        path=$(ldconfig -p | awk -v lib="$lib" '$1 == lib { print $NF; exit }')
        if [ -z "$path" ]; then
            skip "heap_beside $lib" "not installed"
            continue
        fi
        BESIDE=$path heap_rate_one "heap_beside $lib: every allocation at rate 1"
    done
}

# next_line WORD: waits for `WORD PID` of the program and prints the PID.
next_line() {
    local word pid
    read -r word pid <&"${FORKED[0]}" && [ "$word" = "$1" ] && echo "$pid"
}

# A child has what it inherited and its own; what it frees is gone for it alone.
truth_heap_fork() {
    local name="heap_fork" child parent seq
    coproc FORKED { CPROF_HEAP_RATE=1 LD_PRELOAD=$AGENT exec "$BIN/heap_fork"; }
    child=$(next_line live)
    for seq in 1 2; do
        ask_dump "$child" $seq && "$BIN/totals" "$(profile_of "$child" $seq heap)" >"$work/child.$seq"
        echo >&"${FORKED[1]}"
        [ $seq = 2 ] || next_line freed >/dev/null
    done
    parent=$(next_line live)
    for seq in 1 2; do
        ask_dump "$parent" $seq && "$BIN/totals" "$(profile_of "$parent" $seq heap)" >"$work/parent.$seq"
        echo >&"${FORKED[1]}"
        [ $seq = 2 ] || next_line freed >/dev/null
    done
    wait "$parent" 2>/dev/null
    heap_fork_holds "$name"
}

# blocks FILE SITE: objects and bytes in use of a site.
blocks() {
    echo "$(field "any $2" 5 "$work/$1") $(field "any $2" 6 "$work/$1")"
}

heap_fork_holds() {
    local all three_quarters
    # As in heap_fork.c: 2000 blocks, of which every 100th is large.
    all=$(awk 'BEGIN { for (i = 0; i < 2000; i++) s += i % 100 ? 16 + i % 64 * 64 : 262144; print 2000, s }')
    three_quarters=$(awk 'BEGIN { for (i = 500; i < 2000; i++) s += i % 100 ? 16 + i % 64 * 64 : 262144; print 1500, s }')
    echo "# $1: child has $(blocks child.1 site_parent) inherited and $(blocks child.1 site_child) own;" \
        "parent $(blocks parent.1 site_parent); truth $three_quarters, $all, $all"
    claim "heap_fork: a child's inherited objects and bytes" "$three_quarters" "$(blocks child.1 site_parent)" exact
    claim "heap_fork: its own" "$all" "$(blocks child.1 site_child)" exact
    claim "heap_fork: in use after it freed all" "0 0" "$(blocks child.2 site_parent)" exact
    claim "heap_fork: its parent's" "$all" "$(blocks parent.1 site_parent)" exact
    if [ "$(blocks child.1 site_parent)" != "$three_quarters" ]; then
        fail "$1" "the child does not have what it inherited"
    elif [ "$(blocks child.1 site_child)" != "$all" ]; then
        fail "$1" "the child does not have its own"
    elif [ "$(blocks child.2 site_parent) $(blocks child.2 site_child)" != "0 0 0 0" ]; then
        fail "$1" "the child has something in use after it freed everything"
    elif [ "$(blocks parent.1 site_parent) $(blocks parent.1 site_child)" != "$all 0 0" ]; then
        fail "$1" "the parent has not what it had before the fork"
    elif [ "$(blocks parent.2 site_parent)" != "0 0" ]; then
        fail "$1" "the parent has something in use after it freed everything"
    else
        pass "$1"
    fi
}
