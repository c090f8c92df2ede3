# stress-ng: the kernel's interface, by hundreds of small programs that check what they get.

# By family; what needs hardware, minutes, or harms the machine is left out.
STRESS_SIGNALS='alarm itimer timer timerfd sigabrt sigbus sigchld sigfd sigfpe sigio signal signest sigpending sigpipe sigq sigrt
    sigsegv sigsuspend sigtrap sigxcpu sigxfsz kill'
STRESS_PROCESSES='fork vfork vforkmany clone exec daemon zombie wait spawn pidfd ptrace session procfs
    resources rlimit set prctl seccomp sched schedpolicy switch yield affinity exit-group'
STRESS_THREADS='pthread mutex futex sem sem-sysv context robust-futex peterson dekker lockbus membarrier rseq tls tsearch'
STRESS_MEMORY='malloc mmap mmapfork mremap brk bigheap stack stackmmap vm vm-segv madvise mlock memfd mprotect mincore
    munmap remap shm shm-sysv userfaultfd zero null secretmem'
STRESS_WAITS='poll epoll eventfd pipe pipeherd fifo sock sockpair sockfd udp msg mq sendfile splice tee vm-splice flock lockf lockofd
    lease fcntl nanosleep clock aio sigrt inotify dir open close dup file-ioctl select'
STRESS_CODE='dynlib longjump funccall funcret goto nop getrandom vdso icache full env fault bad-altstack'
STRESS_SHORT='sigq timer vfork exec pthread mutex sem context malloc poll pipe nanosleep'

# stress FAMILY_WORDS...: a case each. It is bounded in work; the time is for machines that are slow.
stress() {
    local name status
    for name in "$@"; do
        [ -z "$ONLY" ] || grep -qx "$name" "$ONLY" || continue
        timeout -k 5 60 "${ENV[@]}" stress-ng --temp-path "$D" --verify --"$name" 1 --"$name"-ops "${STRESS_OPS:-300}" \
            --timeout "${STRESS_SECONDS:-2}" >"$D/out" 2>&1
        status=$?
        outcome "$name" "status $status$(grep -q 'fail:' "$D/out" && echo ', verification failed')"
        sed -E 's/\[[0-9]+\]/[N]/; s/[0-9]+\.[0-9]+/N/g' "$D/out" | grep -E 'fail:|error|invoked|unrecognized' >"$TEXTS/$name"
    done
}

suite_stress_ng() {
    version "$(packaged stress-ng)" || exit
    if [ -n "$SHORT" ]; then
        # shellcheck disable=SC2086 # words
        STRESS_SECONDS=1 STRESS_OPS=50 unit some stress $STRESS_SHORT
        return
    fi
    # shellcheck disable=SC2086
    {
        unit signals stress $STRESS_SIGNALS
        unit processes stress $STRESS_PROCESSES
        unit threads stress $STRESS_THREADS
        unit memory stress $STRESS_MEMORY
        unit waits stress $STRESS_WAITS
        unit code stress $STRESS_CODE
    }
}
