# Calls that may wait.
sections+=(bench_waits)

bench_waits() {
    local n
    compare "lock+unlock, free mutex" ns "<= 1.35" "$BIN/ops_wait" mutex
    compare "lock+unlock, free mutex, never a second thread" ns - "$BIN/ops_wait" mutex-alone
    compare "lock+unlock, free mtx_t (C11)" ns "<= 1.35" "$BIN/ops_wait" mtx
    compare "lock+unlock, free rwlock" ns "<= 1.35" "$BIN/ops_wait" rwlock
    compare "lock+unlock, free spin lock" ns - "$BIN/ops_wait" spin
    compare "wait+post, free semaphore" ns - "$BIN/ops_wait" semaphore
    compare "read of a byte that is there" ns "<= 1.15" "$BIN/ops_wait" read
    compare "read that would block" ns "<= 1.15" "$BIN/ops_wait" read-nothing
    compare "send+recv of a byte that is there" ns "<= 1.15" "$BIN/ops_wait" socket
    compare "write of a byte to a pipe" ns - "$BIN/ops_wait" write
    compare "epoll_wait, one ready" ns "<= 1.15" "$BIN/ops_wait" epoll
    for n in 2 4 16; do
        compare "lock+unlock, contended by $n threads" ns - "$BIN/ops_wait" contended $n
    done
    compare "condition variable, to and fro" ns - "$BIN/ops_wait" ping-pong
}
