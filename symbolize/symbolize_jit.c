/* The map is looked for where perf looks: the compilers that write one (node --perf-basic-prof,
 * Java's and .NET's agents, LuaJIT) put it there for perf. It says nothing of files and lines. Its
 * names are shown as they are: they are the compiler's own, not symbols. */
#include "symbolize/symbolize_jit.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "symbolize/perf_map.h"
#include "symbolize/symbolize_text.h"

/* The owner of a process, or root where there is no such process any more. */
static uid_t process_owner(long pid) {
    char path[64];
    struct stat st;

    snprintf(path, sizeof(path), "/proc/%ld", pid);
    return stat(path, &st) == 0 ? st.st_uid : 0;
}

static int set_line(struct profile *p, struct profile_location *location, const char *name) {
    struct profile_line *line = profile_alloc(p, sizeof(*line));
    const char *clean = symbolize_string(p, name);

    if (!line || !clean)
        return -ENOMEM;
    line->function = profile_function(p, clean, clean, "", 0);
    if (!line->function)
        return -ENOMEM;
    location->lines = line;
    location->n_lines = 1;
    return 0;
}

/* Writes the names of a map into the profile; *unnamed is how many locations have none in it. */
static int apply_map(struct profile *p, struct profile_location *const *locations, size_t n,
                     char *text, size_t bytes, size_t *unnamed) {
    uint64_t *addresses = calloc(n, sizeof(*addresses));
    const char **names = calloc(n, sizeof(*names));
    int rc = addresses && names ? 0 : -ENOMEM;

    for (size_t i = 0; i < n && rc == 0; i++)
        addresses[i] = locations[i]->address;
    if (rc == 0)
        rc = perf_map_lookup(text, bytes, addresses, n, names);
    *unnamed = 0;
    for (size_t i = 0; i < n && rc == 0; i++) {
        if (names[i])
            rc = set_line(p, locations[i], names[i]);
        else
            ++*unnamed;
    }
    free(addresses);
    free(names);
    return rc;
}

static const char *why_unread(int rc) {
    return rc == -EPERM    ? "belongs to another user"
           : rc == -EINVAL ? "not a regular file"
                           : strerror(-rc);
}

int symbolize_jit(struct profile *p, struct profile_location *const *locations, size_t n,
                  const char *perf_map) {
    long pid = symbolize_pid(p);
    char path[PATH_MAX] = "";
    char *text = NULL;
    size_t bytes = 0, unnamed = n;
    int rc;

    if (perf_map)
        snprintf(path, sizeof(path), "%s", perf_map);
    else if (pid > 0)
        perf_map_path(path, sizeof(path), pid);
    if (!path[0])
        return symbolize_comment(p, "%zu addresses in no file, not symbolized", n);
    rc = perf_map_read(path, pid > 0 ? process_owner(pid) : 0, &text, &bytes);
    if (rc < 0)
        return symbolize_comment(p, "%zu addresses in no file, not symbolized (%s: %s)", n, path,
                                 why_unread(rc));
    rc = apply_map(p, locations, n, text, bytes, &unnamed);
    free(text);
    if (rc == 0 && unnamed > 0)
        rc = symbolize_comment(p, "%s: no name for %zu of %zu addresses", path, unnamed, n);
    return rc;
}
