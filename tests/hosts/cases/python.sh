# python3: not position-independent in Debian, an allocator of its own, an end with a status.

case_python() {
    local rounds
    [ -n "$PYTHON" ] || skip "python3 is not installed"
    rounds=$(more 500)
    start without "$PYTHON" "$HERE/programs/work.py" "$rounds"
    finish without
    start with "$PYTHON" "$HERE/programs/work.py" "$rounds"
    sleep 0.5
    ask_dump "$PID" 1
    finish with
    [ "$(cat "$D/without.status")" = 7 ] || fail "work.py fails by itself: $(tail -n 1 "$D/without.err")"
    alike
    good_dump "$PID" 1
    good_dump "$PID" 2
    # A thread's own work, under the names of the interpreter's exported functions.
    among_top "$(profile "$PID" 2 cpu)" 80 start_thread _PyEval_EvalFrameDefault
    TYPE=1 among_top "$(profile "$PID" 2 allocs)" 10 _PyEval_EvalFrameDefault _PyFunction_Vectorcall
    TYPE=3 among_top "$(profile "$PID" 2 heap)" 5 Py_BytesMain
    diffs "$(profile "$PID" 1 heap)" "$(profile "$PID" 2 heap)"
    rooted
    tidy
}
