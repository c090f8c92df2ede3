# Units: one command of a suite, run without and with the agent and compared case by case. Sourced by run.
# Uses S, the suite's directory, SUITE, AGENT, LIMIT, ROUNDS; file descriptor 3 is the log.

# version TEXT: of the host, for the table.
version() {
    echo "$1" >"$S/version"
}

# The version of an installed Debian package; needs it.
packaged() {
    dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null | grep -qx installed || skip "the package $1 is not installed"
    dpkg-query -W -f '${Version}' "$1"
}

# ---- inside of a run: what commands of units use

# outcome CASE WORD...
outcome() {
    printf '%s\t%s\n' "$1" "${*:2}" >>"$RESULTS"
}

# same_output CASE SED_EXPRESSION COMMAND...: its status, and a sum of what it prints on both outputs; the
# text itself stays beside the results, to show how it differs.
same_output() {
    local case=$1 change=$2 status text=$TEXTS/${1//\//_}
    shift 2
    "${ENV[@]}" "$@" >"$text.raw" 2>&1 </dev/null
    status=$?
    sed -E "$change" "$text.raw" >"$text"
    rm -f "$text.raw"
    outcome "$case" "status $status, output $(md5sum <"$text" | cut -c 1-8)"
}

# run_unit WHO DIR COMMAND...: sets what commands use:
#   D        an empty directory to work in, which is the current one
#   RESULTS  where outcomes go
#   ENV      the beginning of a command line that runs a program as WHO says
#   ONLY     a file with the cases that are wanted, or empty: all
run_unit() {
    agent_settings "$2"
    WHO=$1 D=$2/work RESULTS=$2/results TEXTS=$2/texts ONLY=$2/only
    [ -s "$ONLY" ] || ONLY=
    shift 2
    ENV=(env -u LD_PRELOAD)
    [ "$WHO" = without ] || ENV+=(LD_PRELOAD="$AGENT" "${SETTINGS[@]}")
    cd "$D" || exit 2
    set +m
    "$@" 3>&-
}

# Everything on, and dense. Names are put into dumps only on request: that is another process's work, of
# which tests/hosts says that it does no harm, and it would take most of the time.
agent_settings() { # DIR
    SETTINGS=(CPROF_DIR="$1/out" CPROF_RUN_DIR="$1/run" CPROF_SYMBOLIZE="${SYMBOLIZE:-0}"
        CPROF_CPU_RATE=1000 CPROF_HEAP_RATE=4096 CPROF_MUTEX_FRACTION=1 CPROF_BLOCK_RATE=1)
}

# ---- running it

# attempt WHO N COMMAND...: the N-th run on a side; sorted outcomes in $U/WHO.N, with that of the command itself.
# All runs of a unit are in the same directory, of a short name: some programs write down its name, and those of
# sockets have a limit.
attempt() {
    local who=$1 n=$2 dir=$T/$BASHPID status
    shift 2
    mkdir -p "$dir/work" "$dir/out" "$dir/run" "$dir/texts"
    chmod 777 "$dir/work" "$dir/out"
    chmod 700 "$dir/run"
    mkdir -p "$U/run.$who.$n"
    : >"$dir/results"
    [ "$n" = 0 ] || cp "$U/differ" "$dir/only"
    SUITE=$SUITE S=$S timeout -k 5 "$LIMIT" "$HERE/run" --run "$who" "$dir" "$@" >"$dir/log" 2>&1 </dev/null
    status=$?
    { cat "$dir/results" && printf '(the whole)\tstatus %s\n' "$status"; } | LC_ALL=C sort -u >"$U/$who.$n"
    [ "$who" = without ] || valid_profiles "$dir" >>"$U/$who.$n"
    cp -r "$dir/texts" "$dir/log" "$U/run.$who.$n/"
    remove "$dir"
}

# Some of what the agent wrote; a message is an outcome that nothing without the agent is equal to.
valid_profiles() {
    find "$1/out" -name '*.pb.gz' | head -n 200 >"$1/profiles"
    PROFILES=$(find "$1/out" -name '*.threads.pb.gz' | wc -l)
    [ -s "$1/profiles" ] || return
    # shellcheck disable=SC2046 # names are ours
    "$T/cpprof/bin/check_profile" $(cat "$1/profiles") >/dev/null 2>"$1/invalid" ||
        printf '(profiles)\tinvalid: %s\n' "$(head -n 1 "$1/invalid")"
}

# Whether the command line asks for that unit: by its name, or for the whole suite.
is_wanted() {
    case $WANTED in
    *" $SUITE/$1 "* | *" $SUITE "* | "  ") return 0 ;;
    esac
    return 1
}

# unit NAME COMMAND...: most of them wait more than they work, so some run at a time.
unit() {
    is_wanted "$1" || return 0
    while [ "$(jobs -rp | wc -l)" -ge "$JOBS" ]; do
        wait -n
    done
    run_both "$@" &
}

run_both() {
    local name=$1 round
    shift
    U=$S/${name//\//_} PROFILES=0
    mkdir -p "$U"
    attempt without 0 "$@"
    attempt with 0 "$@"
    if ! cmp -s "$U/without.0" "$U/with.0"; then
        LC_ALL=C comm -3 "$U/without.0" "$U/with.0" | sed 's/^\t//' | cut -f 1 | sort -u >"$U/differ"
        for ((round = 1; round <= ROUNDS; round++)); do
            attempt without "$round" "$@"
            attempt with "$round" "$@"
        done
    fi
    judge "$name"
    [ -n "$KEEP" ] || remove "$U"
}

# ---- what came of it

# judge UNIT: one line in the log, one in $S/units.
judge() {
    local cases equal unsteady once differ first
    awk -f "$HERE/judge.awk" "$U"/without.* "$U"/with.* >"$U/verdicts"
    read -r cases equal unsteady once differ < <(sed -n 's/^counts //p' "$U/verdicts")
    grep -E '^(once|unsteady) ' "$U/verdicts" | head -n 20 | sed "s|^|# $SUITE/$1: |" >&3
    if [ "$differ" = 0 ] && [ "$cases" -gt 1 ]; then
        echo "ok $SUITE/$1: $cases cases, $equal equal; $PROFILES processes dumped" >&3
        echo "passed $cases $equal $unsteady $once $differ" >>"$S/units"
        return
    fi
    if [ "$cases" = 1 ] && [ "$differ" = 0 ]; then
        skip_unit "$1" "it runs no case here: $(tail -n 1 "$U/run.without.0/log")"
        return
    fi
    first=$(sed -n 's/^differs //p' "$U/verdicts" | head -n 3 | tr '\n' ';')
    echo "not ok $SUITE/$1: $differ of $cases differ: $first" >&3
    sed -n 's/^differs /#     /p' "$U/verdicts" | tail -n +4 | head -n 40 >&3
    show_texts >&3
    echo "failed $cases $equal $unsteady $once $differ" >>"$S/units"
}

# How the output of programs differs.
show_texts() {
    diff -r -a "$U/run.without.0/texts" "$U/run.with.0/texts" | grep -a '^[<>]' | cut -c 1-160 | head -n 8 | sed 's/^/#     /'
}

# skip_unit NAME REASON
skip_unit() {
    is_wanted "$1" || return 0
    echo "skip $SUITE/$1: $2" >&3
    echo skipped 0 0 0 0 0 >>"$S/units"
}

table_row() {
    awk -v host="$SUITE" -v version="$(cat "$S/version" 2>/dev/null)" '$1 != "skipped" {
        units++; cases += $2; equal += $3; unsteady += $4; once += $5; differ += $6 }
        END { printf "| %s | %s | %d | %d | %d | %d | %d | %d |\n", host, version, units, cases, equal, unsteady, once, differ }' "$S/units"
}
