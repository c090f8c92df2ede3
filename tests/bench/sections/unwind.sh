# One stack.
sections+=(bench_unwind)

bench_unwind() {
    local ours theirs depth
    wanted "one stack" || return
    "$BIN/unwind_bench" >"$work/unwind"
    ours=$(awk '/^unwind_stack/ { print $2 }' "$work/unwind")
    theirs=$(awk '/^unw_backtrace/ { print $2 }' "$work/unwind")
    figure_line "one stack, hot: cpprof" "$ours" "ns a frame" "<= $theirs"
    figure_line "one stack, hot: libunwind" "$theirs" "ns a frame" -
    for depth in 8 128 1000; do
        "$BIN/unwind_bench" $depth >"$work/unwind.$depth"
        figure_line "one stack of $depth frames more, hot: cpprof" "$(awk '/^unwind_stack/ { print $2 }' "$work/unwind.$depth")" "ns a frame" \
            "<= $(awk '/^unw_backtrace/ { print $2 }' "$work/unwind.$depth")"
    done
    figure_line "one stack, hot: frame pointers" "$(awk '/^frame pointers/ { print $3 }' "$work/unwind")" "ns a frame" -
}
