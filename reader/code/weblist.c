#include "reader/code/weblist.h"

#include <errno.h>
#include <stdlib.h>

static int make(struct weblist *w, FILE *to, char *why, size_t why_bytes) {
    struct report *r = w->report;
    int rc = weblist_read_samples(w);

    if (rc < 0)
        return rc;
    if (w->n_names == 0) {
        snprintf(why, why_bytes, "no matches found for regexp: %s",
                 r->symbol ? regexp_text(r->symbol) : "");
        return -EINVAL;
    }
    w->sources = sources_new(r->options.source_path, r->options.trim_path, why, why_bytes);
    if (!w->sources)
        return -EINVAL;
    rc = weblist_read_code(w);
    return rc < 0 ? rc : weblist_write(w, to);
}

int report_weblist(struct report *r, FILE *to, char *why, size_t why_bytes) {
    struct weblist w = {.report = r};
    int rc = make(&w, to, why, why_bytes);

    for (size_t i = 0; i < w.n_objects; i++)
        code_object_close(w.objects[i].object);
    free(w.objects);
    free(w.costs);
    free(w.targets);
    free(w.names);
    free(w.functions);
    free(w.instructions);
    free(w.frames);
    free(w.entries);
    sources_free(w.sources);
    return rc;
}
