/* Reading goes by pages, of which the last ones are kept: the tables of an unwinder are searched
 * again and again. A page is what the source has of it and, from where that ends, what is in the
 * file that was mapped there: a core file leaves out what nobody has written to. */
#include "collector/threads/image.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/grow.h"

enum { PAGE_BYTES = 4096, PAGES = 256 };

struct image_page {
    uint64_t address; /* of its first byte; 1: holds nothing */
    uint32_t n;       /* bytes that there are, from the first on */
    uint8_t bytes[PAGE_BYTES];
};

int image_init(struct image *im, image_read_fn *read, void *ctx) {
    *im = (struct image){.read = read, .ctx = ctx, .pages = calloc(PAGES, sizeof *im->pages)};
    if (!im->pages)
        return -ENOMEM;
    image_forget(im);
    return 0;
}

void image_release(struct image *im) {
    for (size_t i = 0; i < im->n; i++)
        free(im->mappings[i].path);
    free(im->mappings);
    free(im->pages);
    *im = (struct image){0};
}

void image_forget(struct image *im) {
    for (size_t i = 0; i < PAGES; i++)
        im->pages[i].address = 1;
}

/* ---- mappings */

/* The index of the first mapping that ends behind `address`. */
static size_t first_behind(const struct image *im, uint64_t address) {
    size_t lo = 0, hi = im->n;
    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        if (im->mappings[mid].end <= address)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo;
}

int image_add_mapping(struct image *im, const struct image_mapping *m) {
    size_t at = first_behind(im, m->start);
    if (m->start >= m->end || (at < im->n && im->mappings[at].start < m->end))
        return -EINVAL;
    if (!grow_array(&im->mappings, im->n, sizeof *im->mappings))
        return -ENOMEM;
    char *path = strdup(m->path);
    if (!path)
        return -ENOMEM;
    memmove(im->mappings + at + 1, im->mappings + at, (im->n++ - at) * sizeof *im->mappings);
    im->mappings[at] = *m;
    im->mappings[at].path = path;
    return 0;
}

int image_rename_mapping(struct image_mapping *m, const char *path) {
    char *copy = strdup(path);
    if (!copy)
        return -ENOMEM;
    free(m->path);
    m->path = copy;
    return 0;
}

const struct image_mapping *image_find(const struct image *im, uint64_t address) {
    size_t at = first_behind(im, address);
    return at < im->n && address >= im->mappings[at].start ? &im->mappings[at] : NULL;
}

/* ---- bytes */

static size_t read_file(const struct image *im, uint64_t address, void *to, size_t n) {
    const struct image_mapping *m = image_find(im, address);
    if (!m || m->fd < 0)
        return 0;
    if (n > m->end - address)
        n = m->end - address;
    ssize_t got = pread(m->fd, to, n, (off_t)(address - m->start + m->offset));
    return got > 0 ? (size_t)got : 0;
}

static const struct image_page *page_at(struct image *im, uint64_t address) {
    struct image_page *p = &im->pages[address / PAGE_BYTES % PAGES];
    if (p->address == address)
        return p;
    p->address = address;
    p->n = (uint32_t)im->read(im->ctx, address, p->bytes, PAGE_BYTES);
    if (p->n < PAGE_BYTES)
        p->n += (uint32_t)read_file(im, address + p->n, p->bytes + p->n, PAGE_BYTES - p->n);
    return p;
}

bool image_read(struct image *im, uint64_t address, void *to, size_t n) {
    for (char *at = to; n > 0;) {
        size_t in_page = address % PAGE_BYTES, part = PAGE_BYTES - in_page;
        const struct image_page *p = page_at(im, address - in_page);
        if (part > n)
            part = n;
        if (in_page + part > p->n)
            return false;
        memcpy(at, p->bytes + in_page, part);
        at += part;
        address += part; /* may wrap: the page at 0 is nobody's */
        n -= part;
    }
    return true;
}
