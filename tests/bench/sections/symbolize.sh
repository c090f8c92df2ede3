# Names for 100 000 addresses of a large C++ program, from cold.
sections+=(bench_symbolize)

# seconds_of COMMAND...: how long it takes.
seconds_of() {
    local start=$EPOCHREALTIME
    "$@" <"$work/addresses" >/dev/null 2>&1
    awk "BEGIN { print $EPOCHREALTIME - $start }"
}

bench_symbolize() {
    local program="$PWD/$B/tests/truth/symbols_large" addr2line llvm
    wanted symbolize || return
    make -s B="$B" truth-programs || return
    objdump -d --no-show-raw-insn "$program" | sed -n 's/^ *\([0-9a-f]*\):.*/0x\1/p' | head -n 100000 >"$work/addresses"
    addr2line=- llvm=-
    if command -v addr2line >/dev/null; then
        addr2line=$(seconds_of addr2line -aif -e "$program")
        figure_line "symbolize 100000 addresses: addr2line" "$addr2line" s -
    fi
    if command -v llvm-symbolizer >/dev/null; then
        llvm=$(seconds_of llvm-symbolizer --inlines --obj="$program")
        figure_line "symbolize 100000 addresses: llvm-symbolizer" "$llvm" s -
    fi
    figure_line "symbolize 100000 addresses: cpprof" "$(seconds_of "$PWD/$B/tests/truth/symbols" "$program")" s \
        "$([ "$llvm" = - ] && echo - || echo "<= $llvm")"
}
