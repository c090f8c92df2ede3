/* Frames get numbers in the order of their names: each is looked up once for each location that it
 * is in, not for each sample. */
#include "reader/export/stack_frames.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/grow.h"
#include "proto/hash.h"
#include "reader/export/index.h"
#include "reader/paths.h"

struct build {
    struct stack_frames *s;
    struct index index;
    bool by_file;
    const struct options *options;
};

static uint64_t hash_string(const char *s) {
    return hash_bytes(s, strlen(s), 0);
}

static bool same_frame(const void *elements, uint32_t number, const void *key) {
    const struct stack_frame *a = (const struct stack_frame *)elements + number, *b = key;

    return a->line == b->line && a->column == b->column && a->address == b->address &&
           strcmp(a->name, b->name) == 0 && strcmp(a->file, b->file) == 0 &&
           (a->name[0] || a->file[0] || strcmp(a->library, b->library) == 0);
}

/* The number of a frame like this one, or -ENOMEM. The file of one that is told by its name alone
 * is that of the first. */
static int64_t frame_number(struct build *b, struct stack_frame *f) {
    struct stack_frames *s = b->s;
    struct stack_frame key = *f;
    if (!b->by_file && f->name[0])
        key.file = "";
    uint64_t hash = hash_string(key.name) ^ hash_number((uint64_t)key.line, key.address);
    hash = hash_number(hash, hash_string(key.file));
    if (!grow_array(&s->frames, s->n, sizeof *s->frames))
        return -ENOMEM;
    int64_t n = index_find_or_add(&b->index, hash, same_frame, s->frames, &key, (uint32_t)s->n);
    if (n < 0)
        return -ENOMEM;
    if ((size_t)n == s->n)
        s->frames[s->n++] = key;
    return n;
}

static const char *base_name(const char *path) {
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

static struct stack_frame frame_of(const struct build *b, const struct profile_location *l,
                                   const struct profile_line *line) {
    struct stack_frame f = {
        .name = "",
        .file = "",
        .address = l->address,
        .library = l->mapping ? base_name(l->mapping->file) : "",
    };
    if (line) {
        f.line = line->line;
        f.column = line->column;
    }
    if (line && line->function) {
        f.name = line->function->name;
        f.file =
            path_trim(line->function->filename, b->options->trim_path, b->options->source_path);
    }
    return f;
}

static int number_frames(struct build *b, const struct profile *p) {
    size_t total = 0;
    b->s->first = malloc((p->n_locations + 1) * sizeof *b->s->first);
    if (!b->s->first)
        return -ENOMEM;
    for (size_t i = 0; i < p->n_locations; i++) {
        b->s->first[i] = total;
        total += frames_of_location(p->locations[i]);
    }
    b->s->n_numbers = total;
    b->s->numbers = malloc((total + 1) * sizeof *b->s->numbers);
    if (!b->s->numbers)
        return -ENOMEM;
    for (size_t i = 0; i < p->n_locations; i++) {
        const struct profile_location *l = p->locations[i];
        size_t n = frames_of_location(l);
        for (size_t k = 0; k < n; k++) {
            struct stack_frame f = frame_of(b, l, l->n_lines ? &l->lines[n - 1 - k] : NULL);
            int64_t number = frame_number(b, &f);
            if (number < 0)
                return -ENOMEM;
            b->s->numbers[b->s->first[i] + k] = (uint32_t)number;
        }
    }
    return 0;
}

/* ---- the frames in order */

static int compare_frames(const void *a, const void *b, void *context) {
    const struct stack_frame *frames = context;
    const struct stack_frame *x = &frames[*(const uint32_t *)a], *y = &frames[*(const uint32_t *)b];
    int order = strcmp(x->name, y->name);

    if (order == 0)
        order = strcmp(x->file, y->file);
    if (order == 0)
        order = (x->line > y->line) - (x->line < y->line);
    if (order == 0)
        order = (x->address > y->address) - (x->address < y->address);
    return order ? order : (x > y) - (x < y);
}

static int sort_frames(struct build *b) {
    struct stack_frames *s = b->s;
    uint32_t *order = malloc((s->n + 1) * sizeof *order);
    uint32_t *rank = malloc((s->n + 1) * sizeof *rank);
    struct stack_frame *sorted = malloc((s->n + 1) * sizeof *sorted);
    int err = order && rank && sorted ? 0 : -ENOMEM;

    if (!err) {
        for (uint32_t i = 0; i < s->n; i++)
            order[i] = i;
        qsort_r(order, s->n, sizeof *order, compare_frames, s->frames);
        for (uint32_t i = 0; i < s->n; i++) {
            rank[order[i]] = i;
            sorted[i] = s->frames[order[i]];
        }
        for (size_t i = 0; i < b->s->n_numbers; i++)
            b->s->numbers[i] = rank[b->s->numbers[i]];
        free(s->frames);
        s->frames = sorted;
        sorted = NULL;
    }
    free(order);
    free(rank);
    free(sorted);
    return err;
}

int stack_frames_build(const struct profile *p, const struct options *o, bool by_file,
                       struct stack_frames *out) {
    struct build b = {.s = out, .options = o, .by_file = by_file};
    *out = (struct stack_frames){0};
    int err = number_frames(&b, p);
    if (!err)
        err = sort_frames(&b);
    index_release(&b.index);
    return err;
}

void stack_frames_release(struct stack_frames *s) {
    free(s->frames);
    free(s->first);
    free(s->numbers);
    *s = (struct stack_frames){0};
}

char *stack_frame_title(const struct stack_frame *f) {
    const char *name = f->name[0] ? f->name : f->file;
    char *title = NULL;
    int n;

    if (!name[0] && f->address)
        n = asprintf(&title, "%016" PRIx64, f->address);
    else if (!name[0])
        n = f->library[0] ? asprintf(&title, "[%s]", f->library) : asprintf(&title, "<unknown>");
    else if (f->line && f->column)
        n = asprintf(&title, "%s:%" PRId64 ":%" PRId64, name, f->line, f->column);
    else
        n = f->line ? asprintf(&title, "%s:%" PRId64, name, f->line) : asprintf(&title, "%s", name);
    return n < 0 ? NULL : title;
}
