/* A budget is full again an hour after it was first taken from. */
#include "collector/serve/user_budget.h"

#include <stdlib.h>
#include <string.h>

#include "base/grow.h"

struct user_budget {
    uid_t user;
    int64_t since_ns; /* when the hour began */
    uint64_t bytes;   /* taken in it ... */
    unsigned arenas;  /* ... as the sizes of so many */
    bool said;        /* that it is spent */
};

static struct user_budget *find(struct user_budgets *b, uid_t user, int64_t now_ns) {
    for (size_t i = 0; i < b->n; i++)
        if (b->of[i].user == user)
            return &b->of[i];
    if (!grow_array(&b->of, b->n, sizeof *b->of))
        return NULL;
    b->of[b->n] = (struct user_budget){.user = user, .since_ns = now_ns};
    return &b->of[b->n++];
}

enum user_budget_answer user_budget_take(struct user_budgets *b, uid_t user, uint64_t bytes,
                                         int64_t now_ns) {
    struct user_budget *u = find(b, user, now_ns);
    if (!u)
        return USER_BUDGET_SILENT;
    if (now_ns - u->since_ns >= USER_BUDGET_SECONDS * INT64_C(1000000000))
        *u = (struct user_budget){.user = user, .since_ns = now_ns};
    if (u->arenas < USER_BUDGET_ARENAS && bytes <= USER_BUDGET_BYTES - u->bytes) {
        u->arenas++;
        u->bytes += bytes;
        return USER_BUDGET_TAKEN;
    }
    bool again = u->said;
    u->said = true;
    return again ? USER_BUDGET_SILENT : USER_BUDGET_SPENT;
}

void user_budgets_release(struct user_budgets *b) {
    free(b->of);
    memset(b, 0, sizeof *b);
}
