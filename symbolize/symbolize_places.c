/* By /proc/PID, with the PID of the profile's comments. */
#include "symbolize/symbolize_places.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "symbolize/symbolize_text.h"

__attribute__((format(printf, 2, 3))) static void add(struct symbolize_places *places,
                                                      const char *format, ...) {
    va_list args;
    int n;

    va_start(args, format);
    n = vsnprintf(places->path[places->n], PATH_MAX, format, args);
    va_end(args);
    if (n > 0 && n < PATH_MAX)
        places->n++;
}

void symbolize_places(const struct profile *p, const struct profile_mapping *m, const char *exe,
                      struct symbolize_places *places) {
    long pid = symbolize_pid(p);
    /* Of its segments the one with the entry point is the first mapping, says pprof. */
    bool is_executable = p->n_mappings && strcmp(m->file, p->mappings[0]->file) == 0;

    places->n = 0;
    if (m->file[0] != '/')
        return;
    if (pid > 0)
        add(places, "/proc/%ld/root%s", pid, m->file);
    if (pid > 0)
        add(places, "/proc/%ld/map_files/%" PRIx64 "-%" PRIx64, pid, m->start, m->limit);
    if (pid > 0 && is_executable)
        add(places, "/proc/%ld/exe", pid);
    if (exe && is_executable)
        add(places, "%s", exe);
}
