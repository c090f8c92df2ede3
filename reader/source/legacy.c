/* The legacy formats are tried one after another; the first that knows the text decides. */
#include "reader/source/legacy.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/grow.h"
#include "reader/source/source.h"

int legacy_malformed(struct legacy *l, const char *format, ...) {
    va_list args;

    va_start(args, format);
    if (l->why && l->why_bytes > 0)
        vsnprintf(l->why, l->why_bytes, format, args);
    va_end(args);
    return -EINVAL;
}

/* ---- lines */

bool legacy_next(struct legacy *l) {
    return text_take_line(&l->rest, &l->line);
}

bool legacy_is_space_or_comment(struct text line) {
    line = text_trimmed(line);
    return line.at == line.end || *line.at == '#';
}

void legacy_skip_comments(struct legacy *l) {
    while (legacy_next(l) && legacy_is_space_or_comment(l->line))
        ;
}

bool legacy_is_maps_sentinel(struct text line) {
    return text_contains(line, "--- Memory map: ---") || text_contains(line, "MAPPED_LIBRARIES:");
}

int legacy_additional_sections(struct legacy *l) {
    while (!legacy_is_maps_sentinel(l->line) && legacy_next(l))
        ;
    return legacy_memory_maps(l);
}

/* ---- the profile */

int legacy_types(struct legacy *l, const char *const *types, const char *period_type,
                 const char *period_unit) {
    int err = 0;

    l->p->period_type = (struct profile_value_type){period_type, period_unit};
    for (; *types && err == 0; types += 2)
        err = profile_add_sample_type(l->p, types[0], types[1]);
    return err;
}

int legacy_add_address(struct legacy *l, uint64_t address) {
    if (!grow_array(&l->addresses, l->n_addresses, sizeof(*l->addresses)))
        return -ENOMEM;
    l->addresses[l->n_addresses++] = address;
    return 0;
}

/* As much of a text as fits a message. */
static int shown(struct text t) {
    return text_bytes(t) < 1000 ? (int)text_bytes(t) : 1000;
}

static int malformed_sample(struct legacy *l, const char *before, struct text what,
                            const char *behind) {
    struct text line = text_trimmed(l->line);

    return legacy_malformed(l, "malformed sample: %.*s: %s%.*s%s", shown(line), line.at, before,
                            shown(what), what.at, behind);
}

int legacy_number(struct legacy *l, struct text digits, int64_t *value) {
    if (text_i64(digits, 10, value, NULL))
        return 0;
    return malformed_sample(l, "strconv.ParseInt: parsing \"", digits, "\": value out of range");
}

bool legacy_is_address(char c) {
    return c == ' ' || c == 'x' || text_is_low_hex(c);
}

int legacy_take_addresses(struct legacy *l, struct text t) {
    const char *at;
    int err = 0;

    while (err == 0 && (at = memmem(t.at, text_bytes(t), "0x", 2)) != NULL) {
        struct text number = {at, at + 2}, digits;
        uint64_t address;

        t.at = at + 2;
        if (!text_take_run(&t, text_is_low_hex, &digits))
            continue;
        number.end = digits.end;
        if (!text_u64(digits, 16, &address, NULL))
            return malformed_sample(l, "failed to parse as hex 64-bit number: ", number, "");
        err = legacy_add_address(l, address);
    }
    return err;
}

void legacy_addresses_of_calls(struct legacy *l, size_t from) {
    for (size_t i = from; i < l->n_addresses; i++)
        l->addresses[i]--;
}

static int grow_locations(struct legacy *l) {
    struct ids grown;

    if (l->p->n_locations < l->locations.n_slots / 2)
        return 0;
    if (ids_init(&grown, l->p->n_locations * 2) < 0)
        return -ENOMEM;
    for (size_t i = 0; i < l->p->n_locations; i++)
        ids_add(&grown, l->p->locations[i]->address, l->p->locations[i]);
    ids_release(&l->locations);
    l->locations = grown;
    return 0;
}

static struct profile_location *location_of(struct legacy *l, uint64_t address) {
    struct profile_location *location = ids_get(&l->locations, address);

    if (location)
        return location;
    if (grow_locations(l) < 0 || !(location = profile_add_location(l->p)))
        return NULL;
    location->address = address;
    ids_add(&l->locations, address, location);
    return location;
}

int legacy_add_sample(struct legacy *l, const int64_t *values, const struct profile_label *label) {
    struct profile *p = l->p;
    struct profile_sample *s = profile_add_sample(p);

    if (!s)
        return -ENOMEM;
    s->values = profile_alloc(p, p->n_sample_types * sizeof(*values));
    s->locations = profile_alloc(p, l->n_addresses * sizeof(struct profile_location *));
    s->labels = profile_alloc(p, sizeof(*label));
    if (!s->values || !s->locations || !s->labels)
        return -ENOMEM;
    memcpy(s->values, values, p->n_sample_types * sizeof(*values));
    if (label)
        s->labels[s->n_labels++] = *label;
    for (size_t i = 0; i < l->n_addresses; i++) {
        s->locations[i] = location_of(l, l->addresses[i]);
        if (!s->locations[i])
            return -ENOMEM;
        s->n_locations++;
    }
    l->n_addresses = 0;
    return 0;
}

void legacy_drop_frame(struct profile_sample *s, size_t index) {
    s->n_locations--;
    memmove(&s->locations[index], &s->locations[index + 1],
            (s->n_locations - index) * sizeof(struct profile_location *));
}

void legacy_drop_duplicate_leaves(struct profile *p) {
    for (size_t i = 0; i < p->n_samples; i++) {
        struct profile_sample *s = &p->samples[i];

        if (s->n_locations > 1 && s->locations[0]->address == s->locations[1]->address + 1)
            legacy_drop_frame(s, 1);
    }
}

int64_t legacy_i64(double value) {
    /* 2^63 and its negative: what lies between fits, but for the former. */
    return value >= -0x1p63 && value < 0x1p63 ? (int64_t)value : INT64_MIN;
}

/* ---- frames that are of no interest, by kind of profile */

/* Alternatives of one regular expression. */
#define OR "|"
static const char alloc_frames[] =
    "(tc_)?(malloc|calloc|realloc|free|cfree|memalign|posix_memalign|valloc|pvalloc)" OR
    "__posix_memalign|do_memalign" OR "tc_new(array)?(_nothrow)?|tc_delete(array)?|tcmalloc::.*" OR
    "malloc_zone_(malloc|calloc|realloc|valloc|memalign|free)" OR
    "(::)?do_malloc(_pages|_no_errno)?|DoSampledAllocation" OR
    "operator new(\\[\\])?|__builtin_(vec_)?(new|delete)" OR
    "((__malloc_alloc_template|simple_alloc|__gnu_cxx::new_allocator)::)?allocate|_M_allocate" OR
    "BaseArena::.*|MallocedMemBlock::MallocedMemBlock|__libc_malloc|cpp_alloc" OR "runtime\\..*";
/* Of the Go runtime, what calls user code. */
static const char alloc_frames_kept[] = "runtime\\.(panic|reflectcall|call[0-9]*)";
static const char lock_frames[] =
    "(base::)?(RecordLockProfileData|Submit(Mutex|SpinLock)ProfileData).*" OR
    "((base::)?Mutex::)?(AwaitCommon|Unlock|ReaderUnlock).*" OR
    "((base::)?MutexLock::)?~MutexLock.*" OR "(SpinLock::)?(Unlock|SlowUnlock).*" OR
    "(SpinLockHolder::)?~SpinLockHolder.*";
static const char cpu_frames[] =
    "ProfileData::(Add|prof_handler)|CpuProfiler::prof_handler" OR "__pthread_sighandler|__restore";

static bool has_types(const struct profile *p, const char *const *types, size_t n) {
    if (p->n_sample_types != n)
        return false;
    for (size_t i = 0; i < n; i++)
        if (strcmp(p->sample_types[i].type, types[i]) != 0)
            return false;
    return true;
}

static void set_uninteresting(struct profile *p) {
    static const char *const allocated[] = {"alloc_objects", "alloc_space", "inuse_objects",
                                            "inuse_space"};
    static const char *const space[] = {"objects", "space"};
    static const char *const contentions[] = {"contentions", "delay"};

    p->keep_frames = "";
    if (has_types(p, allocated, 4) || has_types(p, space, 2)) {
        p->drop_frames = alloc_frames;
        p->keep_frames = alloc_frames_kept;
    } else if (has_types(p, contentions, 2)) {
        p->drop_frames = lock_frames;
    } else {
        p->drop_frames = cpu_frames;
    }
}

/* ---- the formats */

static void legacy_release(struct legacy *l) {
    profile_free(l->p);
    ids_release(&l->locations);
    free(l->addresses);
}

static int try_parser(legacy_parser *parse, const char *text, size_t n, struct profile **out,
                      char *why, size_t why_bytes) {
    struct legacy l = {.rest = {text, text + n}, .why = why, .why_bytes = why_bytes};
    int rc = -ENOMEM;

    l.line = (struct text){text, text};
    l.p = profile_new();
    if (l.p && ids_init(&l.locations, 0) == 0)
        rc = parse(&l);
    if (rc == 0) {
        set_uninteresting(l.p);
        *out = l.p;
        l.p = NULL;
    }
    legacy_release(&l);
    return rc;
}

int legacy_parse(const char *text, size_t n, struct profile **out, char *why, size_t why_bytes) {
    static legacy_parser *const parsers[] = {legacy_cpu, legacy_heap, legacy_count, legacy_thread,
                                             legacy_contention};
    int rc = LEGACY_OTHER;

    *out = NULL;
    for (size_t i = 0; i < sizeof(parsers) / sizeof(parsers[0]) && rc == LEGACY_OTHER; i++)
        rc = try_parser(parsers[i], text, n, out, why, why_bytes);
    if (rc == LEGACY_OTHER && why && why_bytes > 0)
        snprintf(why, why_bytes, "unrecognized profile format");
    if (rc == -ENOMEM && why && why_bytes > 0)
        snprintf(why, why_bytes, "out of memory");
    return rc == LEGACY_OTHER ? -EINVAL : rc;
}
