/* How much of other users' a server writes into its own directory: so much an hour for each of
 * them, or anybody could fill root's disk by processes that he kills.
 *
 * One thread at a time per object. Not async-signal-safe. */
#ifndef CPPROF_COLLECTOR_SERVE_USER_BUDGET_H
#define CPPROF_COLLECTOR_SERVE_USER_BUDGET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum { USER_BUDGET_SECONDS = 3600, USER_BUDGET_ARENAS = 256, USER_BUDGET_BYTES = 512 << 20 };

struct user_budgets {
    struct user_budget *of; /* one for each user that was asked for; owned */
    size_t n;
};

enum user_budget_answer {
    USER_BUDGET_TAKEN,
    USER_BUDGET_SPENT,  /* not in this hour; the first time that it is said in it */
    USER_BUDGET_SILENT, /* the same, said before */
};

/* Takes an arena of `bytes` from a user's budget; now_ns is CLOCK_MONOTONIC. Where memory is out
 * nothing is taken. A zeroed object has full budgets; release it. */
enum user_budget_answer user_budget_take(struct user_budgets *b, uid_t user, uint64_t bytes,
                                         int64_t now_ns);
void user_budgets_release(struct user_budgets *b);

#endif
