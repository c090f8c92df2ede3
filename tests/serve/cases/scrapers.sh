# The requests of Parca, Grafana Alloy, go tool pprof and people.

case_scrapers_go() {
    [ -x "$PROGRAMS/reference" ] || skip "Go is not installed"
    start_reference 1
    client scrapers "http://127.0.0.1:$(of_reference 1 port)" go 1
}

# Also with a scraper's path_prefix, or what it takes from /targets/http_sd; in the long form with windows as
# long as theirs.
case_scrapers() {
    start_worker
    work_all
    serve
    client scrapers "$BASE/targets/$WORKER" cpprof 1
    [ -n "$LONG" ] || return 0
    serve --pid "$WORKER"
    client scrapers "$BASE" cpprof 10
}
