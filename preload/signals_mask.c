/* Masks, as the program sets them and as the kernel has them; and what a new program inherits. */
#include "preload/signals_mask.h"

#include <errno.h>
#include <string.h>

#include "preload/real.h"
#include "preload/sys.h"

void signals_thread_begin(bool note) {
    uint64_t open = signals_open_set(), old;
    if (!open || agent_sandboxed())
        return;
    sys_sigmask(SIG_UNBLOCK, open, &old);
    for (int i = 0, n = held_count(); note && i < n; i++)
        if (old & open & sys_sigbit(held[i].signo))
            thread_state.masked |= held_bit(&held[i]);
}

/* `open`: the kernel's mask is to leave the signal open, whatever the program wants. */
static void mask_one(const struct held *h, int how, bool open, struct signals_mask *m) {
    bool named = sigismember(&m->kernel, h->signo) == 1;
    if (how == SIG_UNBLOCK ? named : how == SIG_SETMASK || named)
        *m->masked &= (uint8_t)~held_bit(h);
    if (!open || how == SIG_UNBLOCK)
        return; /* the kernel knows */
    if (named)
        *m->masked |= held_bit(h);
    sigdelset(&m->kernel, h->signo);
}

void signals_mask_begin(struct signals_mask *m, int how, const sigset_t *set) {
    m->masked = held_believed();
    m->before = *m->masked;
    if (!set)
        return;
    m->kernel = *set;
    uint64_t open = m->masked == &thread_state.masked ? signals_open_set() : 0, now = 0, named;
    memcpy(&named, set, sizeof named);
    /* Blocked for real: in a handler whose sa_mask has it, or queued again. The kernel knows that
     * one, and takes it back when the handler returns. */
    if (named & open && !agent_sandboxed())
        sys_sigmask(SIG_BLOCK, 0, &now);
    for (int i = 0, n = held_count(); i < n; i++)
        mask_one(&held[i], how, open & ~now & sys_sigbit(held[i].signo), m);
}

void signals_mask_end(const struct signals_mask *m, int result, sigset_t *old) {
    if (result != 0)
        *m->masked = m->before;
    else if (old)
        for (int i = 0, n = held_count(); i < n; i++)
            if (m->before & held_bit(&held[i]))
                sigaddset(old, held[i].signo);
}

void signals_mask_undo(const struct signals_mask *m) {
    *m->masked = m->before;
}

/* ---- exec and fork */

void signals_exec_begin(struct signals_saved *saved) {
    uint64_t block = 0;
    uint8_t masked = *held_believed();
    memset(saved, 0, sizeof *saved);
    for (int i = 0, n = held_count(); i < n; i++) {
        struct held *h = &held[i];
        if (masked & held_bit(h))
            block |= sys_sigbit(h->signo);
        if (h->shown.sa_handler != SIG_IGN || REAL(sigaction)(h->signo, NULL, &saved->action[i]) ||
            saved->action[i].sa_sigaction != held_handler)
            continue;
        saved->ignored[i] = true;
        REAL(sigaction)(h->signo, &h->shown, NULL);
    }
    sys_sigmask(SIG_BLOCK, block, &saved->mask);
}

void signals_exec_failed(const struct signals_saved *saved) {
    for (int i = 0; i < SIGNALS_HELD_MAX; i++)
        if (saved->ignored[i])
            REAL(sigaction)(held[i].signo, &saved->action[i], NULL);
    sys_sigmask(SIG_SETMASK, saved->mask, NULL);
}

void signals_block(uint64_t *saved) {
    if (!agent_sandboxed())
        sys_sigmask(SIG_BLOCK, signals_open_set(), saved);
}

void signals_restore(uint64_t saved) {
    if (!agent_sandboxed())
        sys_sigmask(SIG_SETMASK, saved, NULL);
}
