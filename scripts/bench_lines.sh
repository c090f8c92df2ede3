# Lines of a benchmark: ratios of rounds, with their quartiles and what the design asks for, and figures that
# stand alone; each also as a row in $work/rows.json. Sourced.

# quartiles: of numbers on stdin, one a line: the median, the first and the third.
quartiles() {
    sort -g | awk '{ v[NR] = $1 }
        function at(q,    x, i) { x = 1 + q * (NR - 1); i = int(x); return v[i] + (i < NR ? (x - i) * (v[i + 1] - v[i]) : 0) }
        END { printf "%.4f %.4f %.4f\n", at(0.5), at(0.25), at(0.75) }'
}

# verdict VALUE BOUND: BOUND is `<= N`, `>= N` or `-`.
verdict() {
    case "$2" in
    -) echo "" ;;
    *) awk "BEGIN { print ($1 $2) ? \"met\" : \"MISSED\" }" ;;
    esac
}

# json_row WHAT UNIT WITH WITHOUT RATIO LOW HIGH BOUND: a row of bench.json; absent ones are "".
json_row() {
    printf '{"what": "%s", "unit": "%s", "with": %s, "without": %s, "ratio": %s, "q1": %s, "q3": %s, "bound": "%s"}\n' \
        "$1" "$2" "$3" "${4:-null}" "${5:-null}" "${6:-null}" "${7:-null}" "$8" >>"$work/rows.json"
}

# ratio_line WHAT UNIT BOUND FILE: FILE has lines `WITH WITHOUT`, one a round.
ratio_line() {
    local median low high with without
    if [ ! -s "$4" ]; then
        printf '%-52s not measured\n' "$1"
        return
    fi
    read -r median low high < <(awk '{ print $1 / $2 }' "$4" | quartiles)
    read -r with _ < <(awk '{ print $1 }' "$4" | quartiles)
    read -r without _ < <(awk '{ print $2 }' "$4" | quartiles)
    printf '%-52s %11.1f %11.1f %-4s %7.4f [%.4f..%.4f]  %-9s %s\n' "$1" "$with" "$without" "$2" \
        "$median" "$low" "$high" "$3" "$(verdict "$median" "$3")"
    json_row "$1" "$2" "$with" "$without" "$median" "$low" "$high" "$3"
}

# figure_line WHAT VALUE UNIT BOUND
figure_line() {
    printf '%-52s %11.1f %-16s %30s  %-9s %s\n' "$1" "$2" "$3" "" "$4" "$(verdict "$2" "$4")"
    json_row "$1" "$3" "$2" "" "" "" "" "$4"
}
