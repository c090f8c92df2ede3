/* The names of profile files: taking them apart, the next free one, and the temporary ones that
 * writers left behind. */
#include "collector/profile_files.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "arena/kinds.h"

enum { OLD_S = 600 };

/* The field of `name` after its last dot before `*end`, which is moved to that dot. */
static const char *last_field(const char *name, const char **end, size_t *len) {
    for (const char *p = *end; p-- > name;)
        if (*p == '.') {
            *len = (size_t)(*end - p - 1);
            *end = p;
            return p + 1;
        }
    return NULL;
}

static bool field_number(const char *s, size_t len, unsigned *n) {
    uint64_t v = 0;
    if (!s || len == 0 || len > 9)
        return false;
    for (size_t i = 0; i < len; i++) {
        if (s[i] < '0' || s[i] > '9')
            return false;
        v = v * 10 + (unsigned)(s[i] - '0');
    }
    *n = (unsigned)v;
    return true;
}

bool profile_name_parse(const char *name, struct profile_name *out) {
    const char *end = strstr(name, PROFILE_SUFFIX), *field;
    size_t len;
    memset(out, 0, sizeof *out);
    for (const char *next; end && (next = strstr(end + 1, PROFILE_SUFFIX)) != NULL;)
        end = next;
    if (!end)
        return false;
    const char *rest = end + strlen(PROFILE_SUFFIX);
    size_t rest_len = strlen(rest);
    out->temporary = name[0] == '.' && rest_len >= 4 && strcmp(rest + rest_len - 4, ".tmp") == 0;
    if (!out->temporary && rest_len)
        return false;
    name += out->temporary;
    field = last_field(name, &end, &len);
    if (!field || (out->kind = kind_find(field, len)) < 0)
        return false;
    field = last_field(name, &end, &len);
    if (!field_number(field, len, &out->seq))
        return false;
    field = last_field(name, &end, &len);
    if (!field_number(field, len, &out->pid))
        return false;
    len = (size_t)(end - name);
    if (len == 0 || len >= sizeof out->exe)
        return false;
    memcpy(out->exe, name, len);
    return true;
}

unsigned profile_name_free_seq(const char *dir, const char *exe, unsigned pid) {
    unsigned seq = 1;
    DIR *d = opendir(dir);
    if (!d)
        return seq;
    for (struct dirent *e; (e = readdir(d));) {
        struct profile_name n;
        if (profile_name_parse(e->d_name, &n) && n.pid == pid && strcmp(n.exe, exe) == 0 &&
            n.seq >= seq)
            seq = n.seq + 1;
    }
    closedir(d);
    return seq;
}

/* ---- what writers left behind */

static bool process_is_gone(unsigned pid) {
    return kill((pid_t)pid, 0) != 0 && errno == ESRCH;
}

/* The process that was writing a temporary file: `cpprof` puts its pid before the end of the name,
 * an agent writes the profile of its own process. */
static unsigned writer_of(const char *name, const struct profile_name *n) {
    unsigned pid;
    const char *end = name + strlen(name) - strlen(".tmp");
    size_t len;
    const char *field = last_field(name, &end, &len);
    return field_number(field, len, &pid) ? pid : n->pid;
}

static bool is_stale(int dir, const char *name) {
    static const char proto_prefix[] = ".cpprof-"; /* of proto/file.c, which names no process */
    struct profile_name n;
    struct stat st;
    if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) != 0 || !S_ISREG(st.st_mode) ||
        st.st_uid != geteuid())
        return false;
    if (profile_name_parse(name, &n) && n.temporary)
        return process_is_gone(writer_of(name, &n));
    return strncmp(name, proto_prefix, strlen(proto_prefix)) == 0 &&
           strlen(name) == strlen(proto_prefix) + 16 && st.st_mtime + OLD_S < time(NULL);
}

size_t profile_files_sweep(const char *dir) {
    size_t n = 0;
    DIR *d = opendir(dir);
    if (!d)
        return 0;
    for (struct dirent *e; (e = readdir(d));)
        if (e->d_name[0] == '.' && is_stale(dirfd(d), e->d_name))
            n += unlinkat(dirfd(d), e->d_name, 0) == 0;
    closedir(d);
    return n;
}
