# CPython's own tests, by its own runner; each module is a unit. Debian's python3.11 is not position-independent.

CPYTHON=/usr/bin/python3.11
CPYTHON_MODULES='test_threading test_thread test_threadsignals test_threading_local
    test_subprocess test_signal test_os test_socket test_ssl test_mmap test_fork1 test_multiprocessing_fork
    test_multiprocessing_spawn test_multiprocessing_forkserver test_multiprocessing_main_handling test_asyncio
    test_faulthandler test_eintr test_posix test_select test_selectors test_poll test_epoll test_time
    test_concurrent_futures test_wait3 test_wait4 test_popen test_pty test_fcntl test_queue test_sched
    test_resource test_cmd_line test_cmd_line_script test_tempfile test_shutil test_io test_fileio test_file
    test_asyncore test_ftplib test_httpservers test_tracemalloc test_gc test_atexit test_sys
    test_exceptions test_ctypes test_lzma test_bz2 test_zlib test_profile test_cprofile
    test_context test_contextlib test_pipes test_largefile test_openpty test_logging'
CPYTHON_SHORT='test_thread test_threadsignals test_fork1 test_select test_poll test_epoll test_wait3 test_wait4 test_fcntl test_popen'

# cpython_module MODULE
cpython_module() {
    local only=() case
    while [ -n "$ONLY" ] && read -r case; do
        only+=(-m "$case")
    done <"${ONLY:-/dev/null}"
    # Sockets to the hypervisor: whether it answers is not ours to know, and the test waits for ever.
    TMPDIR=$D "${ENV[@]}" "$CPYTHON" -m test -i '*VSOCK*' --junit-xml "$D/results.xml" --timeout $((LIMIT - 30)) "${only[@]}" "$1"
    local status=$?
    [ ! -f "$D/results.xml" ] || "$PYTHON" "$HERE/cases/junit.py" "$D/results.xml" >>"$RESULTS"
    return $status
}

suite_cpython() {
    local module modules=$CPYTHON_MODULES
    version "CPython $(packaged libpython3.11-testsuite)" || exit
    [ -z "$SHORT" ] || modules=$CPYTHON_SHORT
    [ -z "$LONG" ] || modules=$(cd /usr/lib/python3.11/test && ls -d test_* | sed 's/\.py$//')
    for module in $modules; do
        unit "$module" cpython_module "$module"
    done
}
