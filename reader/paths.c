/* Paths as text. Trimming follows google/pprof's heuristic: with no -trim_path, a file is taken to
 * be below a directory that has the name of one in -source_path. */
#include "reader/paths.h"

#include <string.h>

/* ---- clean */

/* Takes the last element off `out`, down to what must stay (the root, or leading ".."s). */
static size_t drop_element(const char *out, size_t n, size_t stays) {
    n--;
    while (n > stays && out[n] != '/')
        n--;
    return n;
}

/* An element that is "..": takes one off, or is kept where there is none to take. */
static size_t up(char *out, size_t n, size_t *stays, bool rooted) {
    if (n > *stays)
        return drop_element(out, n, *stays);
    if (rooted)
        return n;
    if (n > 0)
        out[n++] = '/';
    out[n++] = '.';
    out[n++] = '.';
    *stays = n;
    return n;
}

size_t path_clean(const char *path, char *out) {
    bool rooted = *path == '/';
    size_t n = rooted, stays = rooted;

    if (rooted)
        out[0] = '/';
    while (*path) {
        size_t length = strcspn(path, "/");
        if (length == 2 && path[0] == '.' && path[1] == '.') {
            n = up(out, n, &stays, rooted);
        } else if (length > 0 && !(length == 1 && *path == '.')) {
            if (n > rooted)
                out[n++] = '/';
            memmove(out + n, path, length);
            n += length;
        }
        path += length;
        path += *path == '/';
    }
    if (n == 0)
        out[n++] = '.';
    out[n] = '\0';
    return n;
}

bool path_is_clean(const char *path) {
    const char *at = path + (*path == '/');

    if (!*path || strcmp(path, ".") == 0)
        return *path;
    while (*at) {
        size_t length = strcspn(at, "/");
        if (length == 0 || *at == '.')
            return false; /* or a name that begins with a dot: no harm in cleaning it */
        at += length;
        if (at[0] == '/' && at[1] == '\0')
            return false;
        at += *at == '/';
    }
    return true;
}

const char *path_base(const char *path, size_t *n) {
    const char *end = path + strlen(path), *start;

    if (end == path) {
        *n = 1;
        return ".";
    }
    while (end > path && end[-1] == '/')
        end--;
    if (end == path) {
        *n = 1;
        return "/";
    }
    for (start = end; start > path && start[-1] != '/';)
        start--;
    *n = (size_t)(end - start);
    return start;
}

/* ---- trim */

/* What follows `/BASE/` in path, BASE being the last element of the directory; or NULL. */
static const char *below(const char *path, const char *directory, size_t length) {
    const char *end = directory + length, *start;

    while (end > directory && end[-1] == '/')
        end--;
    for (start = end; start > directory && start[-1] != '/';)
        start--;
    if (start == end) { /* as Base has it: the root is "/", and nothing is "." */
        start = length > 0 ? "/" : ".";
        end = start + 1;
    }
    length = (size_t)(end - start);
    for (const char *slash = path; (slash = strchr(slash, '/')); slash++)
        if (strncmp(slash + 1, start, length) == 0 && slash[1 + length] == '/')
            return slash + length + 2;
    return NULL;
}

/* What follows a prefix, to which a slash belongs, or NULL. */
static const char *behind(const char *path, const char *prefix, size_t length) {
    if (strncmp(path, prefix, length) != 0)
        return NULL;
    if (length > 0 && prefix[length - 1] == '/')
        return path + length;
    return path[length] == '/' ? path + length + 1 : NULL;
}

const char *path_trim(const char *path, const char *trim_path, const char *source_path) {
    static const char *const always[] = {"/proc/self/cwd/./", "/proc/self/cwd/"};
    const char *found;

    for (const char *dir = source_path; !*trim_path && *source_path;) {
        size_t length = strcspn(dir, ":");
        found = below(path, dir, length);
        if (found)
            return found;
        if (!dir[length])
            break;
        dir += length + 1;
    }
    for (const char *prefix = trim_path; *trim_path;) {
        size_t length = strcspn(prefix, ":");
        found = behind(path, prefix, length);
        if (found)
            return found;
        if (!prefix[length])
            break;
        prefix += length + 1;
    }
    for (size_t i = 0; i < sizeof(always) / sizeof(always[0]); i++) {
        found = behind(path, always[i], strlen(always[i]));
        if (found)
            return found;
    }
    return path;
}
