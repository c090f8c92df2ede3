/* The agent's life: start, fork, exit.
 *
 * Start: the constructor installs hooks' real functions, handlers and main's timer, and nothing
 * else: no file, no thread, no arena. A program with raised privileges is left alone. errno is 0 at
 * main.
 *
 * Fork: handlers around fork() keep ticks away from it and set the child up. A child made in
 * another way finds fork_page zeroed at its first event. */
#include "preload/start.h"

#include <dlfcn.h>
#include <errno.h>
#include <link.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/auxv.h>

#include "preload/capture.h"
#include "preload/clock.h"
#include "preload/command.h"
#include "preload/config.h"
#include "preload/dump.h"
#include "preload/glibc.h"
#include "preload/heap.h"
#include "preload/hooks/hook_malloc.h"
#include "preload/http.h"
#include "preload/objects.h"
#include "preload/real.h"
#include "preload/signals.h"
#include "preload/store.h"
#include "preload/sys.h"
#include "preload/thread.h"
#include "preload/threads/threads_answer.h"
#include "preload/wait.h"
#include "preload/waiters.h"

static bool make_fork_page(void) {
    struct fork_page *page = sys_map_anonymous(sizeof *page);
    if (!page || sys_call3(SYS_madvise, (long)page, sizeof *page, MADV_WIPEONFORK) != 0)
        return false;
    page->alive = 1;
    fork_page = page;
    return true;
}

static void note_start(void) {
    agent.pid = sys_getpid();
    agent.start_realtime_ns = sys_clock_ns(CLOCK_REALTIME);
    agent.start_monotonic_ns = sys_clock_ns(CLOCK_MONOTONIC);
}

/* ---- fork */

static void become_process(void) {
    agent.generation++;
    waiters_fork_child();
    if (agent_sandboxed()) { /* its filter is inherited: an arena of its own cannot be made */
        __atomic_store_n(&agent.stage, AGENT_OFF, __ATOMIC_RELEASE);
        store_fork_child();
        return;
    }
    note_start();
    store_fork_child();
    dump_fork_child();
    wait_switch(WAIT_COLD);
    thread_fork_child();
    http_fork_child();
}

static void fork_prepare(void) {
    /* A fork that a tick interrupts starts again, for ever if it takes longer than a period. */
    signals_block(&thread_state.saved_mask);
}

static void fork_parent(void) {
    signals_restore(thread_state.saved_mask);
}

static void fork_child(void) {
    int saved = errno;
    agent_fork_check();
    signals_restore(thread_state.saved_mask);
    errno = saved;
}

/* A new store knows what is mapped, and of a forked child what it has inherited. */
static void fill_store(struct store *s, struct store *inherited) {
    if (inherited) {
        objects_inherit(s, inherited);
        heap_inherit(inherited, s);
    } else {
        objects_refresh(s);
    }
}

/* ---- start */

/* Whether the executable, or a library before ours, defines malloc. In a non-PIE program its
 * address may be that of an entry in the program's own procedure linkage table: an undefined
 * symbol. */
static void note_coverage(void) {
    void *first = dlsym(RTLD_DEFAULT, "malloc");
    const ElfW(Sym) *symbol = NULL;
    Dl_info info;
    if (first == (void *)malloc)
        return;
    if (dladdr1(first, &info, (void **)&symbol, RTLD_DL_SYMENT) && symbol &&
        symbol->st_shndx == SHN_UNDEF)
        return;
    store_count_early(ARENA_UNCOVERED_MALLOC, 1);
}

/* Valgrind's client request RUNNING_ON_VALGRIND (valgrind.h): rotations that do nothing elsewhere.
 * It knows neither the dumper's clone nor what else is done here behind libc's back. */
static bool under_valgrind(void) {
    volatile uint64_t request[6] = {0x1001};
    uint64_t result = 0;
    __asm__ volatile("rolq $3, %%rdi; rolq $13, %%rdi; rolq $61, %%rdi; rolq $51, %%rdi\n\t"
                     "xchgq %%rbx, %%rbx"
                     : "+d"(result)
                     : "a"(request)
                     : "cc", "memory");
    return result != 0;
}

static void quick_exit_hook(void *unused) {
    dump_at_exit();
}

static bool start(void) {
    agent.fork_child = become_process;
    store_born = fill_store;
    if (getauxval(AT_SECURE) || under_valgrind())
        return false;
    agent_note_stderr();
    if (!libc_is_glibc()) {
        agent_message("this program's C library is not glibc, which is not supported: it runs "
                      "without profiles",
                      NULL, 0);
        return false;
    }
    if (!config_read(&agent.config) || !make_fork_page() || !capture_init() || !answer_init())
        return false;
    real_init();
    clock_init();
    command_init();
    note_coverage();
    note_start();
    __register_atfork(fork_prepare, fork_parent, fork_child, NULL);
    __cxa_at_quick_exit(quick_exit_hook, NULL);
    signals_init();
    return true;
}

void agent_init(void) {
    static int begun; /* atomic */
    if (likely(agent_stage() != AGENT_NEW) || __atomic_exchange_n(&begun, 1, __ATOMIC_ACQ_REL))
        return;
    int saved = errno;
    hook_malloc_init();
    if (libc_is_glibc()) {
        hook_malloc_find_loader();
        hook_new_init();
    }
    bool on = start();
    __atomic_store_n(&agent.stage, on ? AGENT_ON : AGENT_OFF, __ATOMIC_RELEASE);
    if (on)
        thread_begin(0, 0, true, 0);
    wait_switch(on ? WAIT_COLD : WAIT_OFF);
    if (on)
        http_start();
    errno = saved;
}

static __attribute__((constructor)) void constructor(void) {
    agent_init();
}

static __attribute__((destructor)) void destructor(void) {
    dump_at_exit();
}
