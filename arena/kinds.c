/* The profile kinds, as data: everything in which the files of one kind differ from another's
 * stands in this table and nowhere else. Names, units and order are those of Go's runtime/pprof. */
#include "arena/kinds.h"

#include <string.h>

#define HEAP_VALUES                                                                                \
    {                                                                                              \
        {"alloc_objects", "count", ARENA_OBJECT_ONE}, {"alloc_space", "bytes", 1},                 \
            {"inuse_objects", "count", ARENA_OBJECT_ONE}, {                                        \
            "inuse_space", "bytes", 1                                                              \
        }                                                                                          \
    }

const struct kind kinds[KIND_COUNT] = {
    [KIND_CPU] = {.name = "cpu",
                  .about = "CPU time, by the stack that ran",
                  .event = ARENA_EVENT_CPU,
                  .values = {{"samples", "count", 1}, {"cpu", "nanoseconds", 1}},
                  .n_values = 2,
                  .default_sample_type = "cpu",
                  .period_type = "cpu",
                  .period_unit = "nanoseconds",
                  .time_is_start = true},
    [KIND_HEAP] = {.name = "heap",
                   .about = "memory in use, by the stack that allocated it",
                   .event = ARENA_EVENT_HEAP,
                   .values = HEAP_VALUES,
                   .n_values = 4,
                   .default_sample_type = "inuse_space",
                   .period_type = "space",
                   .period_unit = "bytes",
                   .label = LABEL_BYTES},
    [KIND_ALLOCS] = {.name = "allocs",
                     .about = "all memory allocated so far, by the stack that allocated it",
                     .event = ARENA_EVENT_HEAP,
                     .values = HEAP_VALUES,
                     .n_values = 4,
                     .default_sample_type = "alloc_space",
                     .period_type = "space",
                     .period_unit = "bytes",
                     .label = LABEL_BYTES},
    [KIND_MUTEX] = {.name = "mutex",
                    .about = "contended locks: who waited for how long, and (held_*) who held the "
                             "lock meanwhile",
                    .event = ARENA_EVENT_MUTEX,
                    .values = {{"contentions", "count", 1},
                               {"delay", "nanoseconds", 1},
                               {"held_contentions", "count", 1},
                               {"held_delay", "nanoseconds", 1}},
                    .n_values = 4,
                    .default_sample_type = "delay",
                    .period_type = "contentions",
                    .period_unit = "count"},
    [KIND_BLOCK] = {.name = "block",
                    .about = "time spent waiting, by the stack that waited",
                    .event = ARENA_EVENT_BLOCK,
                    .values = {{"contentions", "count", ARENA_OBJECT_ONE},
                               {"delay", "nanoseconds", 1}},
                    .n_values = 2,
                    .default_sample_type = "delay",
                    .period_type = "contentions",
                    .period_unit = "count",
                    .label = LABEL_WAIT},
    [KIND_THREADS] = {.name = "threads",
                      .about = "every thread: where it is, and what it waits for",
                      .values = {{"threads", "count", 1}},
                      .n_values = 1,
                      .default_sample_type = "threads",
                      .period_type = "threads",
                      .period_unit = "count"},
    [KIND_THREADCREATE] = {.name = "threadcreate",
                           .about = "threads made so far, by the stack that made them",
                           .event = ARENA_EVENT_CREATE,
                           .values = {{"threadcreate", "count", 1}},
                           .n_values = 1,
                           .default_sample_type = "threadcreate",
                           .period_type = "threadcreate",
                           .period_unit = "count"},
};

/* Sampled by request alone, at whatever rates, ended or not: what was asked for last, or the rate
 * that is asked for by default. */
static uint32_t rate_by_request(const struct arena_header *h) {
    if (!h->counters[ARENA_CPU_SAMPLES])
        return 0;
    return h->cpu_window_hz ? h->cpu_window_hz : 100;
}

int64_t kind_period(const struct kind *k, const struct arena_header *h) {
    uint32_t hz;
    switch (k->event) {
    case ARENA_EVENT_CPU:
        hz = h->cpu_rate_hz ? h->cpu_rate_hz : rate_by_request(h);
        return hz ? 1000000000 / hz : 0;
    case ARENA_EVENT_HEAP:
        return (int64_t)h->heap_rate_bytes;
    case ARENA_EVENT_MUTEX:
        return h->mutex_fraction != 0;
    case ARENA_EVENT_BLOCK:
        return h->block_rate_ns != 0;
    default:
        return 1;
    }
}

int kind_find(const char *s, size_t n) {
    for (int k = 0; k < KIND_COUNT; k++)
        if (strlen(kinds[k].name) == n && memcmp(kinds[k].name, s, n) == 0)
            return k;
    return -1;
}
