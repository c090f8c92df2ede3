# memcached: its own tests (of the source package) with the server that is installed.

memcached_tests() {
    local test
    cp -r "$SOURCES/memcached/t" "$SOURCES/memcached/scripts" "$D" || return 1
    ln -s "$(command -v memcached)" memcached
    ln -s memcached memcached-debug
    printf '#!/bin/sh\nshift\nexec "$@"\n' >timedrun
    chmod +x timedrun
    for test in t/*.t; do
        case $test in
        t/whitespace.t | t/64bit.t | t/issue_67.t | t/ssl_*.t | t/proxy*.t | t/*extstore*.t | t/daemonize.t) [ -n "$LONG" ] || continue ;;
        esac
        [ -z "$ONLY" ] || grep -q "^$test\b" "$ONLY" || continue
        timeout -k 5 120 "${ENV[@]}" perl -I t/lib "$test" >out 2>err
        outcome "$test" "status $?"
        awk -v t="$test" '/^(not )?ok [0-9]+/ { n = $1 == "ok" ? $2 : $3; print t ":" n "\t" ($1 == "ok" ? "ok" : "not ok") }' out >>"$RESULTS"
    done
}

suite_memcached() {
    version "$(packaged memcached)" || exit
    source_of memcached
    unit own_tests memcached_tests
}
