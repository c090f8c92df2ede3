# Programs that are built in other ways than most: with other allocators, with sanitizers, with Boost's
# coroutines, against musl, statically. The programs are those of tests/preload.

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

# odd_programs NAME
odd_programs() {
    local program argument
    for program in $ODD_PROGRAMS; do
        argument=${program#*:} program=${program%%:*}
        [ "$argument" != "$program" ] || argument=
        [ -x "$SOURCES/odd/$1/$program" ] || continue
        same_output "$program" 's/==[0-9]+==/==N==/g; s/0x[0-9a-f]+/0xN/g' timeout 120 "$SOURCES/odd/$1/$program" $argument
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
    unit asan_finds sanitizer_finds gcc
    unit asan_finds_clang sanitizer_finds clang
    unit boost_context boost_program
    unit musl musl_programs
}

# What address and thread sanitizers are for has to be found with the agent as without.
sanitizer_finds() {
    local bug
    "$1" -fsanitize=address -O1 -g -w -o bugs "$HERE/programs/bugs.c" -pthread || return 1
    for bug in overflow use_after_free double_free leak stack_overflow global_overflow none; do
        # The report's first lines: what, where.
        same_output "$bug" '/ERROR|SUMMARY|status|done/!d; s/==[0-9]+==//; s/0x[0-9a-f]+/N/g; s/ in .* at.*//; s/T[0-9]+//g; s/\(BuildId.*//' ./bugs $bug
    done
}

boost_program() {
    g++ -O1 -g -w -o coroutines "$HERE/programs/coroutines.cpp" -lboost_context -pthread || return 1
    same_output coroutines "" ./coroutines 131072
    same_output small_stacks '' ./coroutines 16384
    same_output threads '' ./coroutines 65536 4
}

# musl: not supported. The agent says so in one line, and the program does as without it.
musl_programs() {
    need musl-gcc
    musl-gcc -O1 -w -o plain "$HERE/programs/musl.c" -pthread || return 1
    "${ENV[@]}" ./plain >out 2>err
    outcome status "$?"
    outcome output "$(md5sum <out | cut -c 1-12)"
    cp err "$TEXTS/err"
    outcome "lines that are not ours" "$(grep -vc '^cpprof: .*not supported' err)"
    [ "$WHO" = without ] || [ "$(grep -c '^cpprof: .*not supported' err)" = 1 ] || outcome "message" "missing"
}
