# Programs with debug information: C++ and Rust, where also lines and inlined functions count.

# program_session PROGRAM ARGUMENT STATUS
program_session() {
    # While libgcc puts registers back for a handler there are moments when no unwinder can follow it.
    local ODD_COMMENTS='[0-9]+ addresses in no file'
    start without "$PROGRAMS/$1" "$2"
    finish without
    start with "$PROGRAMS/$1" "$2"
    sleep 0.5
    ask_dump "$PID" 1
    finish with
    [ "$(cat "$D/without.status")" = "$3" ] || fail "$1 fails by itself: $(tail -n 1 "$D/without.err")"
    alike
    good_dump "$PID" 1
    good_dump "$PID" 2
    diffs "$(profile "$PID" 1 heap)" "$(profile "$PID" 2 heap)"
    rooted
    tidy
}

# listed PROFILE FUNCTION FILE: that function's samples are on lines of that source file.
listed() {
    go tool pprof -top -lines "$1" >"$D/top" 2>"$D/top.err" || fail "pprof -lines: $(head -n 1 "$D/top.err")"
    grep -qE "$2.*$3:[1-9][0-9]*( \(inline\))?$" "$D/top" || fail "$2 has no line of $3: $(grep -m 3 -E "$2" "$D/top")"
}

case_cxx() {
    local cpu
    # It throws for a quarter of its time, and a tick may be lost in the instructions with which libgcc
    # enters a handler; one tick is up to 0.15 % here. tests/truth has the bound of 99.9 %.
    local ROOTED=0.995
    program_session cxx "$(more 400)" 3
    cpu=$(profile "$PID" 2 cpu)
    # Outermost names: what was inlined into them is below.
    among_top "$cpu" 10 'shop::take_orders(\(long\))?' 'shop::keep_books(\(long\))?' 'shop::sort_prices(\(long\))?'
    among_top "$cpu" 5 _Unwind_RaiseException
    among_top "$cpu" 95 start_thread
    TYPE=1 among_top "$(profile "$PID" 2 allocs)" 20 'shop::keep_books(\(long\))?' 'shop::take_orders(\(long\))?'
    TYPE=3 among_top "$(profile "$PID" 1 heap)" 80 main
    listed "$cpu" 'shop::keep_books' cxx.cpp
}

# As an update does it: another file is at the executable's path. A dump by the signal, one from outside,
# and one at exit, when the process is gone before its file is read.
case_cxx_replaced() {
    local seq cpu
    cp "$PROGRAMS/cxx" "$D/program"
    start with "$D/program" "$(more 400)"
    sleep 0.3
    cp /bin/true "$D/new" && mv "$D/new" "$D/program"
    ask_dump "$PID" 1
    CPROF_RUN_DIR=$D/run ask_cpprof "$PID"
    finish with
    wait_for symbolized "$(profile "$PID" 3 cpu)" || fail "no names in the profile at exit"
    for seq in 1 2 3; do
        cpu=$(profile "$PID" "$seq" cpu)
        among_top "$cpu" 10 'shop::take_orders(\(long\))?'
        listed "$cpu" 'shop::keep_books' cxx.cpp
    done
    tidy
}

case_rust() {
    [ -x "$PROGRAMS/rust" ] || skip "rustc is not installed"
    program_session rust "$(more 3000)" 4
    among_top "$(profile "$PID" 2 cpu)" 10 'rust::count_words' 'rust::add_areas'
    TYPE=1 among_top "$(profile "$PID" 2 allocs)" 50 'rust::count_words'
    listed "$(profile "$PID" 2 cpu)" 'rust::add_areas' rust.rs
}
