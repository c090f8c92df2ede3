# Names: of every instruction of large files, beside addr2line and llvm-symbolizer.
truths+=(${LONG:+symbols})

# answers: of addr2line -a -i -f, or llvm-symbolizer in its style, as lines ADDRESS|FUNCTION|FILE:LINE...
answers() {
    awk '/^0x[0-9a-f]+$/ { if (line) print line; sub(/^0x0*/, ""); line = $0; next }
         { sub(/ \(discriminator [0-9]+\)$/, ""); sub(/:\?$/, ":0"); line = line "|" $0 }
         END { print line }'
}

# compare_symbols OURS ADDR2LINE LLVM: counts addresses whose whole chain of functions, files and lines is
# the same. Where no debug information knows an address, others take the nearest symbol before it, in
# padding too, and have no line: the function alone is compared then, and none of ours passes.
#
# Names are compared demangled, without parameters. Those of functions that have no linkage name, as all in
# an anonymous namespace, are just the last word of it to others, and the cold part of a function is named
# by its symbol; paths may be spelled out or not. That is not a difference.
compare_symbols() {
    paste -d'\n' "$@" | c++filt -p | awk -F'|' '
        function plain(path) { sub(/^\.\//, "", path); gsub(/\/\.\//, "/", path); while (sub(/\/[^\/.]+\/\.\.\//, "/", path)) { } return path }
        function last_word(name) {
            gsub(/\(anonymous [a-z]+\)/, "", name)
            while (gsub(/<[^<>]*>/, "", name)) { }
            sub(/ const$/, "", name); sub(/\(.*$/, "", name); sub(/.*::/, "", name)
            return name
        }
        function name_as(a, b) {
            gsub(/ ?\[clone [^]]*\]/, "", a); gsub(/ ?\[clone [^]]*\]/, "", b)
            sub(/(\.(cold|part|isra|constprop|llvm)[.0-9a-z]*)+$/, "", a); sub(/(\.(cold|part|isra|constprop|llvm)[.0-9a-z]*)+$/, "", b)
            sub(/@.*$/, "", b); sub(/@.*$/, "", a)
            return a == b || b == "??" || (a != "" && last_word(a) == last_word(b))
        }
        # A compilation in `./csu` of `./csu/start.c` is `csu/csu/start.c` to others.
        function same_place(a, b) {
            return a == b || (length(b) > length(a) && substr(b, length(b) - length(a)) == "/" a)
        }
        function same(n, ours, m, theirs,    i) {
            if (theirs[3] ~ /:0$/ && m == 3 || theirs[2] == "??") return n < 2 || name_as(ours[2], theirs[2])
            if (n != m) return 0
            for (i = 2; i < n; i += 2)
                if (!name_as(ours[i], theirs[i]) || !same_place(plain(ours[i + 1]), plain(theirs[i + 1]))) return 0
            return 1
        }
        # As one of the two, or each name and each place as that of one: of a symbol with several names they
        # choose different ones.
        function either_way(    i) {
            if (n != m || n != k) return 0
            for (i = 2; i < n; i += 2)
                if (!(name_as(ours[i], one[i]) || name_as(ours[i], two[i])) ||
                    !(same_place(plain(ours[i + 1]), plain(one[i + 1])) || same_place(plain(ours[i + 1]), plain(two[i + 1]))))
                    return 0
            return 1
        }
        NR % 3 == 1 { n = split($0, ours, "|"); text = $0; all++ }
        NR % 3 == 2 { m = split($0, one, "|"); a = same(n, ours, m, one); addr2line += a; other = $0; known += one[3] !~ /:0$/ }
        NR % 3 == 0 { k = split($0, two, "|"); l = same(n, ours, k, two); llvm += l; e = a || l || either_way(); either += e
                      if (!e && shown++ < 5) print "#   ours " text "\n#   addr2line " other "\n#   llvm-symbolizer " $0 }
        END { printf "%d %d %d %d %d\n", all, known, addr2line, llvm, either }'
}

# symbols_of WHAT FILE
symbols_of() {
    local name="symbols: every instruction of $1" all known addr2line llvm either
    objdump -d --no-show-raw-insn "$2" | sed -n 's/^ *\([0-9a-f]*\):.*/\1/p' >"$work/addresses"
    "$BIN/symbols" "$2" <"$work/addresses" >"$work/ours" || { fail "$name" "not symbolized"; return; }
    addr2line -a -i -f -e "$2" <"$work/addresses" | answers >"$work/addr2line"
    sed 's/^/0x/' "$work/addresses" |
        llvm-symbolizer --output-style=GNU --no-demangle --inlines --addresses --obj="$2" | grep . | answers >"$work/llvm"
    compare_symbols "$work/ours" "$work/addr2line" "$work/llvm" >"$work/compared"
    grep '^#' "$work/compared"
    read -r all known addr2line llvm either < <(tail -n 1 "$work/compared")
    echo "# $name: $all addresses, $known with lines; as addr2line $addr2line, as llvm-symbolizer $llvm, as one of them $either"
    claim "$name, as addr2line" "$all" "$addr2line" -
    claim "$name, as llvm-symbolizer" "$all" "$llvm" -
    claim "$name, as one of them" "$all" "$either" ">= 99.9 %"
    if holds "$all > 1000 && $either >= 0.999 * $all"; then
        pass "$name"
    else
        fail "$name" "$((all - either)) of $all are named otherwise than by both"
    fi
}

truth_symbols() {
    if ! command -v addr2line llvm-symbolizer objdump >/dev/null; then
        skip symbols "needs addr2line, objdump and llvm-symbolizer"
        return
    fi
    symbols_of "a large C++ program" "$BIN/symbols_large"
    symbols_of libc "$(ldd "$BIN/symbols_large" | awk '$1 == "libc.so.6" { print $3 }')"
    if [ -x "$BIN/waits_rust" ]; then
        symbols_of "a Rust program" "$BIN/waits_rust"
    else
        skip "symbols: every instruction of a Rust program" "rustc is not installed"
    fi
}
