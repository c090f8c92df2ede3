/* The agent's state, and what everybody in it may need: a word to the user, and to notice that this
 * is a forked child. How it starts is in start.c. */
#include "preload/agent.h"

#include <string.h>
#include <sys/stat.h>

#include "preload/glibc.h"
#include "preload/sys.h"
#include "preload/text.h"

struct agent agent;
/* The first of that section, which must not lie on two pages. */
struct fork_page *fork_page HOT_DATA __attribute__((aligned(2048)));
__thread struct thread_state thread_state;

/* What stderr was at start: a program may close it, and the number become anything. */
static struct {
    dev_t device;
    ino_t inode;
} start_stderr;

/* ---- messages */

static bool stderr_is(struct stat *st) {
    return sys_call4(SYS_newfstatat, 2, (long)"", (long)st, AT_EMPTY_PATH) == 0;
}

void agent_message(const char *text, const char *detail, int error) {
    struct stat st;
    TEXT(line, 1024);
    if (!start_stderr.inode || !stderr_is(&st) || st.st_ino != start_stderr.inode ||
        st.st_dev != start_stderr.device)
        return;
    text_str(&line, "cpprof: ");
    text_str(&line, text);
    if (detail)
        text_str(&line, detail);
    if (error) {
        const char *why = strerrordesc_np(-error); /* a table: no lock, no locale */
        text_str(&line, ": ");
        text_str(&line, why ? why : "unknown error");
    }
    line.s[line.len < line.room - 1 ? line.len++ : line.len - 1] = '\n';
    sys_write(2, line.s, line.len);
}

void agent_note_stderr(void) {
    struct stat st;
    if (stderr_is(&st)) {
        start_stderr.device = st.st_dev;
        start_stderr.inode = st.st_ino;
    }
}

/* ---- fork */

HOT void agent_fork_check(void) {
    uint32_t dead = 0;
    if (likely(__atomic_load_n(&fork_page->alive, __ATOMIC_ACQUIRE)))
        return;
    if (__atomic_compare_exchange_n(&fork_page->alive, &dead, 1, false, __ATOMIC_ACQ_REL,
                                    __ATOMIC_RELAXED))
        agent.fork_child();
}
