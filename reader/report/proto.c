/* `proto`: the profile itself, after the filters. */
#include <errno.h>

#include "reader/graph/order.h"
#include "reader/report/parts.h"

static int write_bytes(void *ctx, const void *bytes, size_t n) {
    return fwrite(bytes, 1, n, ctx) == n ? 0 : errno ? -errno : -EIO;
}

int report_encode(const struct profile *p, FILE *to, char *why, size_t why_bytes) {
    int err = profile_check(p, why, why_bytes);

    return err ? err : profile_encode(p, write_bytes, to);
}

int report_proto(struct report *r, FILE *to, char *why, size_t why_bytes) {
    const struct profile *p = r->profile;

    if (r->ratio > 0 && r->ratio != 1)
        for (size_t i = 0; i < p->n_samples; i++)
            for (size_t k = 0; k < p->n_sample_types; k++)
                p->samples[i].values[k] = integer_part((double)p->samples[i].values[k] * r->ratio);
    return report_encode(p, to, why, why_bytes);
}
