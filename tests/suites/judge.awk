# Compares outcomes of cases: files WHO.N with lines `CASE<TAB>OUTCOME`, of run N without or with the agent; N
# is 0 for the first run of all cases, later ones are of those that differed. Prints `counts CASES EQUAL
# UNSTEADY ONCE DIFFER`, and a line for each case that was not equal (the meaning: see run).
BEGIN { FS = "\t" }
FNR == 1 {
    n = split(FILENAME, path, "/")
    split(path[n], name, ".")
    who = name[1]
    round = name[2] + 0
    if (round > rounds) rounds = round
}
{
    cases[$1]
    # A case with more than one outcome in a run, as of a test with parts, has all of them.
    key = who SUBSEP round SUBSEP $1
    outcome[key] = key in outcome ? outcome[key] " and " $2 : $2
}
function of(who, round, c) {
    return (who SUBSEP round SUBSEP c) in outcome ? outcome[who, round, c] : "did not run"
}
# A later run in which a case came on neither side says nothing about it.
function silent(r, c) {
    return r > 0 && of("without", r, c) == "did not run" && of("with", r, c) == "did not run"
}
function all_of(who, c,    seen, r, text) {
    for (r = 0; r <= rounds; r++)
        if (!silent(r, c)) seen[of(who, r, c)]++
    for (r in seen) text = text (text == "" ? "" : ", ") r " x" seen[r]
    return text
}
END {
    for (c in cases) {
        total++
        if (of("without", 0, c) == of("with", 0, c)) {
            equal++
            continue
        }
        delete known
        for (r = 0; r <= rounds; r++)
            if (!silent(r, c)) known[of("without", r, c)]
        odd = again = 0
        for (r = 0; r <= rounds; r++) {
            if (silent(r, c)) continue
            again += r > 0
            odd += !(of("with", r, c) in known)
        }
        word = odd == 0 ? "unsteady" : odd == 1 && again ? "once" : "differs"
        count[word]++
        printf "%s %s: without %s; with %s\n", word, c, all_of("without", c), all_of("with", c)
    }
    printf "counts %d %d %d %d %d\n", total, equal, count["unsteady"], count["once"], count["differs"]
}
