# The requests of Parca, Grafana Alloy, go tool pprof and people.

scrape_seconds() {
    if [ -n "$LONG" ]; then echo 10; else echo 1; fi
}

case_scrapers_go() {
    [ -x "$PROGRAMS/reference" ] || skip "Go is not installed"
    start_reference 1
    client scrapers "http://127.0.0.1:$(of_reference 1 port)" go 1
}

case_scrapers() {
    start_worker
    work_all
    serve --pid "$WORKER"
    client scrapers "$BASE" cpprof "$(scrape_seconds)"
}

# As a scraper's path_prefix, or what it takes from /targets/http_sd.
case_scrapers_prefix() {
    start_worker
    work_all
    serve
    client scrapers "$BASE/targets/$WORKER" cpprof 1
}
