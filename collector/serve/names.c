/* Symbolizing for many threads.
 *
 * The symbolizer forks its readers of files from whatever thread needs one. That is safe here: the
 * child uses malloc, which fork keeps usable, and system calls; every descriptor of the server is
 * closed in it first thing (symbolize_worker.c). */
#include "collector/serve/names.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>

#include "base/clock.h"
#include "symbolize/symbolize.h"

/* Longer than scrapers wait between two scrapes. */
static const int64_t rest_ns = INT64_C(20) * 1000000000;

struct names {
    pthread_mutex_t lock;
    struct symbolizer *symbolizer; /* NULL: at rest */
    int64_t used_ns;
};

struct names *names_new(void) {
    struct names *n = calloc(1, sizeof *n);
    if (n)
        pthread_mutex_init(&n->lock, NULL);
    return n;
}

void names_free(struct names *n) {
    if (!n)
        return;
    symbolizer_free(n->symbolizer);
    free(n);
}

int names_put(struct names *n, struct profile *p, uint32_t *offsets) {
    const struct symbolize_options options = {.function_offsets = offsets};
    pthread_mutex_lock(&n->lock);
    if (!n->symbolizer)
        n->symbolizer = symbolizer_new();
    int err = n->symbolizer ? symbolize_profile(n->symbolizer, p, &options) : -ENOMEM;
    n->used_ns = clock_ns(CLOCK_MONOTONIC);
    pthread_mutex_unlock(&n->lock);
    return err;
}

void names_rest(struct names *n) {
    if (pthread_mutex_trylock(&n->lock) != 0)
        return;
    if (n->symbolizer && clock_ns(CLOCK_MONOTONIC) - n->used_ns > rest_ns) {
        symbolizer_free(n->symbolizer);
        n->symbolizer = NULL;
    }
    pthread_mutex_unlock(&n->lock);
}
