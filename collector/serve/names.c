/* Symbolizing for many threads.
 *
 * The symbolizer forks its readers of files from whatever thread needs one. That is safe here: the
 * child uses malloc, which fork keeps usable, and system calls; every descriptor of the server is
 * closed in it first thing (symbolize_worker.c). */
#include "collector/serve/names.h"

#include <pthread.h>
#include <stdlib.h>

#include "collector/symbolize/symbolize.h"

struct names {
    pthread_mutex_t lock;
    struct symbolizer *symbolizer;
};

struct names *names_new(void) {
    struct names *n = calloc(1, sizeof *n);
    if (!n || !(n->symbolizer = symbolizer_new())) {
        free(n);
        return NULL;
    }
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
    int err = symbolize_profile(n->symbolizer, p, &options);
    pthread_mutex_unlock(&n->lock);
    return err;
}
