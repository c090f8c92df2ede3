# What has to hold of profiles, whatever program they are of. Sourced by run; uses fail, note, D.

KINDS='cpu heap allocs mutex block threads threadcreate'
N_KINDS=7

# profile PID SEQ KIND: the name of that file, whatever the program is called there.
profile() {
    local f
    for f in "$D"/out/*."$1.$2.$3".pb.gz; do
        echo "$f"
    done
}

# The greatest number that a process's files have; 0 when it has none.
last_seq() {
    local f seq last=0
    for f in "$D"/out/*."$1".*.cpu.pb.gz; do
        f=${f%.cpu.pb.gz}
        seq=${f##*.}
        case $seq in *[!0-9]*) continue ;; esac
        [ "$seq" -le "$last" ] || last=$seq
    done
    echo "$last"
}

# A file is there at once with addresses alone (and the agent's own marks), and is replaced by one with
# names. Of one without samples nothing can be said.
symbolized() {
    [ -f "$1" ] && go tool pprof -raw "$1" 2>/dev/null |
        awk '/^Locations/ { inside = 1; next } /^Mappings/ { inside = 0 }
            inside { all++; if (NF > 3 && $4 !~ /^\[cpprof/) named++ }
            END { exit !(named || !all) }'
}
dumped() {
    local kind
    for kind in $KINDS; do
        symbolized "$(profile "$1" "$2" "$kind")" || return 1
    done
}

# ask_dump PID SEQ: by the signal, while the program works.
ask_dump() {
    kill -USR2 "$1" || fail "it died of USR2, or before it"
    wait_for dumped "$1" "$2" || fail "USR2: files of dump $2 missing or without names: $(cd "$D/out" && echo *)"
}

# ask_cpprof PID: by `cpprof dump`, which prints the names of the files, and says no more than SAYS allows.
ask_cpprof() {
    "$CPPROF" dump -d "$D/out" "$1" >"$D/dump.out" 2>"$D/dump.err" || fail "cpprof dump: $(cat "$D/dump.err")"
    grep -vE "${SAYS:-^\$}" "$D/dump.err" >"$D/dump.odd" && fail "cpprof dump says: $(head -n 1 "$D/dump.odd")"
    [ "$(wc -l <"$D/dump.out")" = "$N_KINDS" ] || fail "cpprof dump wrote: $(tr '\n' ' ' <"$D/dump.out")"
}

# ---- one file

# opens FILE: `go tool pprof -top` reads it and has nothing to say on stderr; $D/top has its answer.
opens() {
    go tool pprof -top -cum "$1" >"$D/top" 2>"$D/top.err" || fail "pprof -top $(basename "$1"): $(head -n 1 "$D/top.err")"
    [ -s "$D/top.err" ] && fail "pprof -top $(basename "$1") warns: $(head -n 1 "$D/top.err")"
    grep -q '^Showing nodes' "$D/top" || fail "pprof -top $(basename "$1") shows nothing"
}

# Comments that are no complaint: addresses without a symbol are a stripped program's, and of stacks
# that end early `reach` says whether they are too many.
PLAIN_COMMENT='version [0-9.]+$|command |pid [0-9]+$|settings |/[^:]+: no symbol for |[0-9]+ stacks (ended|truncated) '

# complete FILE: nothing was dropped, cut or left out. Adds what its stacks end in to $D/reach.KIND.
complete() {
    local odd
    "$PROGRAMS/totals" "$1" >"$D/totals" 2>"$D/totals.err" || fail "unreadable: $(cat "$D/totals.err")"
    odd=$(sed -nE 's/^comment (# )?cpprof: //p' "$D/totals" | grep -vE "^($PLAIN_COMMENT${ODD_COMMENTS:+|$ODD_COMMENTS})")
    [ -z "$odd" ] || fail "$(basename "$1") comments: $(head -n 1 <<<"$odd")"
    odd=${1%.pb.gz}
    grep -E '^(rooted|settled|truncated|unrooted) ' "$D/totals" >>"$D/reach.${odd##*.}"
}

good() {
    opens "$1"
    complete "$1"
}

# good_dump PID SEQ
good_dump() {
    local kind f
    for kind in $KINDS; do
        f=$(profile "$1" "$2" "$kind")
        [ -f "$f" ] || fail "no $kind profile of process $1, dump $2"
        wait_for symbolized "$f" || fail "$(basename "$f") has no names"
        good "$f"
    done
}

# among_top FILE LEAST_PERCENT NAME...: each name, an extended regular expression, has at least that
# share of the samples somewhere in their stacks. Values are the last, or for a heap the type given as
# TYPE=N, its index.
among_top() {
    local name f=$1 least=$2
    shift 2
    "$PROGRAMS/totals" "$f" >"$D/totals" 2>&1 || fail "unreadable: $f"
    for name in "$@"; do
        # The name not by -v, where some awks take backslashes away.
        NAME="^($name)\$" awk -v least="$least" -v type="${TYPE:-1}" '
            $1 == "total" { all = $(2 + type) }
            $1 == "any" && $2 ~ ENVIRON["NAME"] { if ($(3 + type) > most) most = $(3 + type) }
            END { exit !(all > 0 && most >= all * least / 100) }' "$D/totals" ||
            fail "$name has less than $least % of $(basename "$f"): $(most_of 12)"
    done
}

# labelled FILE KEY=VALUE LEAST_PERCENT: that share of the samples has the label. Values as above.
labelled() {
    "$PROGRAMS/totals" "$1" >"$D/totals" 2>&1 || fail "unreadable: $1"
    awk -v label="$2" -v least="$3" -v type="${TYPE:-1}" '
        $1 == "total" { all = $(2 + type) }
        $1 == "label" && $2 == label { of = $(3 + type) }
        END { exit !(all > 0 && of >= all * least / 100) }' "$D/totals" ||
        fail "$2 has less than $3 % of $(basename "$1"): $(grep -E '^(total|label)' "$D/totals" | tr '\n' ';')"
}

# most_of N: the names with the most in their stacks, for a message.
most_of() {
    awk -v type="${TYPE:-1}" '$1 == "total" { all = $(2 + type) ? $(2 + type) : 1 }
        $1 == "any" { share[$2] = $(3 + type) }
        END { for (n in share) printf "%d%% %s\n", share[n] * 100 / all, n }' "$D/totals" |
        sort -rn | head -n "$1" | tr '\n' ' '
}

# unnamed_below FILE PERCENT: of the samples, that little have a leaf without a name.
unnamed_below() {
    "$PROGRAMS/totals" "$1" >"$D/totals" || fail "unreadable: $1"
    awk -v most="$2" '$1 == "total" { all = $2 }
        $1 == "leaf" && ($2 ~ /\+0x[0-9a-f]+$/ || $2 ~ /@0x[0-9a-f]+$/) { none += $3 }
        END { exit !(none <= all * most / 100) }' "$D/totals" ||
        fail "more than $2 % of the leaves of $(basename "$1") have no name: $(most_of 12)"
}

# ---- all files of a case

# reach KIND LEAST: at least 99.9 % of what was sampled has a stack that reaches where its program or
# thread starts, and that is no less than LEAST samples. Value 1 of a cpu profile counts samples, of an
# allocs profile objects.
reach() {
    local all share
    awk '{ v = $1 == "unrooted" ? $4 : $2; sum[$1] += v; all += v }
        END { printf "%d %.5f\n", all, all ? (sum["rooted"] + sum["settled"]) / all : 0 }' "$D/reach.$1" >"$D/share"
    read -r all share <"$D/share"
    note "$1: $share of $all reach the start"
    awk '$1 == "unrooted" { sum[$2 " from " $3] += $4 } END { for (k in sum) print sum[k], k }' "$D/reach.$1" |
        sort -rn | head -n 5 >"$D/ends"
    awk "BEGIN { exit !($share >= ${ROOTED:-0.999}) }" ||
        fail "$1: only $share of $all stacks reach the start; others end in: $(tr '\n' ';' <"$D/ends")"
    [ "$all" -ge "$2" ] || fail "$1: no more than $all samples"
}
rooted() {
    reach cpu "${SAMPLES:-200}"
    reach allocs 20
}

# diffs FIRST SECOND: what the heap gained between two dumps.
diffs() {
    go tool pprof -sample_index=inuse_space -top -base "$1" "$2" >"$D/top" 2>"$D/top.err" ||
        fail "pprof -base: $(head -n 1 "$D/top.err")"
    [ -s "$D/top.err" ] && fail "pprof -base warns: $(head -n 1 "$D/top.err")"
    grep -q '^Showing nodes' "$D/top" || fail "pprof -base shows nothing"
}

# tidy: no arena and no half-written file is left.
no_temporary() {
    [ -z "$(find "$D/out" -name '.*' -type f)" ]
}
tidy() {
    local left
    left=$(find "$D/run" -type f | head -n 1)
    [ -z "$left" ] || fail "left in the run directory: $(basename "$left")"
    wait_for no_temporary || fail "a temporary file is left: $(find "$D/out" -name '.*' -type f | head -n 1)"
}
