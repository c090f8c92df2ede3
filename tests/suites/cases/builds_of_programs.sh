# Programs that are built in other ways than most: with other allocators, with sanitizers, with Boost's
# coroutines, statically. The programs are those of tests/preload.

ODD_PROGRAMS='storm:2 fork_threads:30 short_threads:return spawn_loop thread_ends tls_dtors fibers victim:threads=3 waits_cond waits_rwlock
    waits_thread waits_c11 alarm_malloc vfork_child:mask'

# build_as NAME COMPILER_OPTIONS...: those that build, into $SOURCES/odd/NAME
build_as() {
    local name=$1 program source compiler
    shift
    mkdir -p "$SOURCES/odd/$name"
    for program in $ODD_PROGRAMS; do
        program=${program%%:*}
        source=$(ls "$ROOT/tests/preload/prog/$program".c*)
        compiler=${ODD_CC:-gcc}
        [ "${source%.cpp}" = "$source" ] || compiler=${ODD_CXX:-g++}
        [ "$SOURCES/odd/$name/$program" -nt "$source" ] && continue
        $compiler -O1 -g -D_GNU_SOURCE -w -o "$SOURCES/odd/$name/$program" "$source" "$@" -pthread -ldl 2>>"$SOURCES/odd/$name/log"
    done
    [ -n "$(find "$SOURCES/odd/$name" -type f -perm -100 | head -n 1)" ]
}

report_kinds() {
    sed -nE 's/.*(ERROR|WARNING|FATAL): ([A-Za-z]+Sanitizer: [A-Za-z-]+( [a-z-]+)*).*/\2/p; s/.*runtime error: //p' "$@" 2>/dev/null |
        sed 's/ on address.*//; s/ on unknown.*//' | sort -u | tr '\n' ';'
}

# odd_programs NAME
odd_programs() {
    local program argument report=$D/report options
    # Stacks and numbers in what a sanitizer reports differ from run to run: it goes elsewhere, and its kinds are compared.
    for options in ASAN_OPTIONS TSAN_OPTIONS UBSAN_OPTIONS; do
        export $options="log_path=$report"
    done
    for program in $ODD_PROGRAMS; do
        argument=${program#*:} program=${program%%:*}
        [ "$argument" != "$program" ] || argument=
        [ -x "$SOURCES/odd/$1/$program" ] || continue
        # What sanitizers fail at by themselves: threads of a forked child, whose allocator stays locked; looking
        # for leaks under a timer of the program's; frames of cancelled threads; atomics in a thread's last
        # destructors. And one has a thread more, hence a timer.
        case "$1 $program" in
        [at]san*\ fork_threads | asan*\ alarm_malloc | asan_clang\ thread_ends | tsan*\ tls_dtors | tsan_clang\ short_threads) continue ;;
        esac
        same_output "$program" 's/==[0-9]+==/==N==/g; s/0x[0-9a-f]+/0xN/g' timeout 120 "$SOURCES/odd/$1/$program" $argument
        case $1 in *san*) outcome "$program reports" "$(report_kinds "$report".*)" ;; esac
        rm -f "$report".*
    done
}

# odd NAME COMPILER_OPTIONS...
odd() {
    if build_as "$@"; then unit "$1" odd_programs "$1"; else skip_unit "$1" "does not build: $(head -n 1 "$SOURCES/odd/$1/log")"; fi
}

suite_builds() {
    version "gcc $(gcc -dumpfullversion), clang $(clang -dumpversion 2>/dev/null)"
    odd plain
    odd jemalloc -ljemalloc
    odd tcmalloc -ltcmalloc
    odd tcmalloc_minimal -ltcmalloc_minimal
    odd mimalloc -lmimalloc
    odd static -static
    odd asan -fsanitize=address
    odd tsan -fsanitize=thread
    odd ubsan -fsanitize=undefined
    ODD_CC=clang ODD_CXX=clang++ odd asan_clang -fsanitize=address
    ODD_CC=clang ODD_CXX=clang++ odd tsan_clang -fsanitize=thread
    unit boost_context boost_program
}

boost_program() {
    g++ -O1 -g -w -o coroutines "$HERE/programs/coroutines.cpp" -lboost_context -pthread || return 1
    same_output coroutines "" ./coroutines 131072
    same_output small_stacks '' ./coroutines 16384
    same_output threads '' ./coroutines 65536 4
}
