/* Writes a CPU profile of a program that is not there, as large as is asked for: stacks are walks
 * through one call graph of some thousand functions, each sample has the label `thread`, as cpprof
 * records it. The same number gives the same file.
 *
 *     large_profile SAMPLES >FILE
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "proto/profile.h"

enum {
    FUNCTIONS = 4000,
    CALLS = 3, /* places in a function that call others */
    CALLEES = 4,
    LOCATIONS = FUNCTIONS * CALLS,
    THREADS = 16,
    LEAST_DEPTH = 6,
    MOST_DEPTH = 42,
    LEVEL = 1, /* of gzip: as quick as Go's own writer */
};

static uint64_t state = 0x2545f4914f6cdd1d;

static uint32_t random_below(uint32_t n) {
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return (uint32_t)((state >> 32) % n);
}

static int to_stdout(void *ctx, const void *bytes, size_t n) {
    return fwrite(bytes, 1, n, stdout) == n ? 0 : -EIO;
}

static void write_functions(struct pprof_writer *w) {
    char name[64], file[64];

    for (uint32_t i = 0; i < FUNCTIONS; i++) {
        struct pprof_wire_function f = {.id = i + 1, .start_line = 10 + i % 700};
        snprintf(name, sizeof(name), "service::module%" PRIu32 "::Class%" PRIu32 "::method%" PRIu32,
                 i / 200, i / 10, i);
        snprintf(file, sizeof(file), "/build/service/src/module%" PRIu32 "/class%" PRIu32 ".cc",
                 i / 200, i / 10);
        f.name = f.system_name = pprof_writer_string(w, name);
        f.filename = pprof_writer_string(w, file);
        pprof_write_function(w, &f);
    }
}

/* One location per call, every eighth with a call that was inlined. */
static void write_locations(struct pprof_writer *w) {
    for (uint64_t i = 0; i < LOCATIONS; i++) {
        const struct pprof_wire_line lines[2] = {
            {.function_id = (i * 7919) % FUNCTIONS + 1, .line = 5},
            {.function_id = i / CALLS + 1, .line = (int64_t)(20 + i % 700)},
        };
        size_t first = i % 8 == 0 ? 0 : 1;
        pprof_write_location(w, i + 1, 1, 0x401000 + i * 48, lines + first, 2 - first, false);
    }
}

/* The function that a place calls; some are called far more often than others. */
static uint32_t callee(uint32_t location) {
    uint32_t a = random_below(CALLEES), b = random_below(CALLEES), choice = a < b ? a : b;

    return (uint32_t)(((uint64_t)location * 2654435761u + choice * 40503u) % FUNCTIONS);
}

static void write_sample(struct pprof_writer *w, const struct pprof_wire_label *threads) {
    uint64_t stack[MOST_DEPTH], ids[MOST_DEPTH];
    uint32_t thread = random_below(THREADS), function = thread % 3;
    size_t depth = 0, most = LEAST_DEPTH + random_below(MOST_DEPTH - LEAST_DEPTH);
    int64_t values[2] = {1 + random_below(3)};

    while (depth < most) {
        uint32_t location = function * CALLS + random_below(CALLS);
        stack[depth++] = location + 1;
        function = callee(location);
    }
    for (size_t i = 0; i < depth; i++)
        ids[i] = stack[depth - 1 - i];
    values[1] = values[0] * 10000000;
    pprof_write_sample(w, ids, depth, values, 2, &threads[thread], 1);
}

int main(int argc, char **argv) {
    unsigned long samples = argc == 2 ? strtoul(argv[1], NULL, 10) : 0;
    struct pprof_writer *w = pprof_writer_new(&mem_malloc, to_stdout, NULL, LEVEL);
    struct pprof_wire_mapping mapping = {
        .id = 1,
        .memory_start = 0x400000,
        .memory_limit = 0x4000000,
        .has_functions = true,
        .has_filenames = true,
        .has_line_numbers = true,
        .has_inline_frames = true,
    };
    struct pprof_wire_label threads[THREADS] = {0};

    if (!w || samples == 0) {
        fprintf(stderr, "usage: large_profile SAMPLES >FILE\n");
        return 2;
    }
    pprof_write_sample_type(w, "samples", "count");
    pprof_write_sample_type(w, "cpu", "nanoseconds");
    pprof_write_period(w, "cpu", "nanoseconds", 10000000);
    pprof_write_time(w, 1700000000000000000, 60000000000);
    mapping.filename = pprof_writer_string(w, "/usr/bin/service");
    pprof_write_mapping(w, &mapping);
    write_functions(w);
    write_locations(w);
    for (size_t i = 0; i < THREADS; i++) {
        char name[32];
        snprintf(name, sizeof(name), "worker-%zu", i);
        threads[i].key = pprof_writer_string(w, "thread");
        threads[i].str = pprof_writer_string(w, name);
    }
    for (unsigned long i = 0; i < samples; i++)
        write_sample(w, threads);
    return pprof_writer_finish(w) == 0 && fflush(stdout) == 0 ? 0 : 1;
}
