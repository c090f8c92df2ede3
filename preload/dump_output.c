/* Memory and output for what is encoded in the dumper. */
#include "preload/dump_output.h"

#include <errno.h>

#include "preload/sys.h"

static size_t pages(size_t n) {
    return (n + 4095) & ~(size_t)4095;
}

static void *resize_pages(void *ctx, void *old, size_t old_bytes, size_t new_bytes) {
    if (!new_bytes) {
        if (old)
            sys_unmap(old, pages(old_bytes));
        return NULL;
    }
    if (!old)
        return sys_map_anonymous(pages(new_bytes));
    if (pages(old_bytes) == pages(new_bytes))
        return old;
    long p = sys_call4(SYS_mremap, (long)old, (long)pages(old_bytes), (long)pages(new_bytes),
                       MREMAP_MAYMOVE);
    return sys_failed(p) ? NULL : (void *)p;
}

const struct mem dump_mem = {resize_pages, NULL};

int dump_write_all(void *fd, const void *bytes, size_t n) {
    for (const char *p = bytes; n > 0;) {
        long r = sys_write(*(int *)fd, p, n);
        if (r == -EINTR)
            continue;
        if (sys_failed(r))
            return (int)r;
        p += r;
        n -= (size_t)r;
    }
    return 0;
}
