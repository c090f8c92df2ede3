/* Tokens: reading one, and comparing. */
#include "collector/serve/access.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FILE_BYTES_MAX = 1 << 20, TOKEN_MIN = 16, TOKEN_MAX = 1024 };

/* ---- files */

static const char *why_refused(const struct stat *st, bool secret) {
    if (!S_ISREG(st->st_mode))
        return "not a regular file";
    if (st->st_size > FILE_BYTES_MAX)
        return "too large";
    if (secret && (st->st_mode & 077))
        return "others than its owner can read it; chmod 600";
    if (secret && st->st_uid != geteuid() && st->st_uid != 0)
        return "it belongs to another user";
    return NULL;
}

static char *read_whole(int fd, size_t bytes, const char **why) {
    char *text = calloc(1, bytes + 1);
    size_t at = 0;
    *why = "out of memory";
    while (text && at < bytes) {
        ssize_t n = read(fd, text + at, bytes - at);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            break;
        at += (size_t)n;
    }
    return text;
}

char *access_file_read(const char *path, bool secret, const char **why) {
    struct stat st;
    int fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    if (fd < 0) {
        *why = errno == ENOENT ? "no such file" : "it cannot be read";
        return NULL;
    }
    *why = "it cannot be read";
    if (fstat(fd, &st) == 0)
        *why = why_refused(&st, secret);
    char *text = *why ? NULL : read_whole(fd, (size_t)st.st_size, why);
    close(fd);
    return text;
}

char *access_token_read(const char *path, const char **why) {
    char *text = access_file_read(path, true, why);
    if (!text)
        return NULL;
    size_t n = strlen(text);
    while (n && strchr(" \t\r\n", text[n - 1]))
        text[--n] = '\0';
    bool printable = true;
    for (size_t i = 0; i < n; i++)
        printable = printable && text[i] > ' ' && text[i] < 0x7f;
    if (printable && n >= TOKEN_MIN && n <= TOKEN_MAX)
        return text;
    *why = "a token is 16 to 1024 printable characters without spaces";
    free(text);
    return NULL;
}

/* ---- comparing */

/* The same whatever is in `given`; only its length shows. */
static bool same(const char *token, const char *given, size_t n) {
    size_t len = strlen(token);
    unsigned differ = len != n;
    for (size_t i = 0; i < n; i++)
        differ |= (unsigned char)(given[i] ^ token[len ? i % len : 0]);
    return !differ;
}

/* Decodes base64 of at most `room` bytes to `out`; returns how many, -1 for what is none. */
static long base64_decode(const char *s, char *out, size_t room) {
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    uint32_t bits = 0;
    unsigned have = 0;
    size_t n = 0;
    for (; *s && *s != '='; s++) {
        const char *digit = strchr(digits, *s);
        if (!digit)
            return -1;
        bits = bits << 6 | (uint32_t)(digit - digits);
        have += 6;
        if (have < 8)
            continue;
        have -= 8;
        if (n == room)
            return -1;
        out[n++] = (char)(bits >> have);
    }
    return s[strspn(s, "=")] ? -1 : (long)n;
}

bool access_allows(const char *token, const char *authorization) {
    char pair[TOKEN_MAX + 256];
    if (!authorization)
        return false;
    if (strncasecmp(authorization, "Bearer ", 7) == 0) {
        const char *given = authorization + 7 + strspn(authorization + 7, " ");
        return same(token, given, strlen(given));
    }
    if (strncasecmp(authorization, "Basic ", 6) != 0)
        return false;
    long n = base64_decode(authorization + 6 + strspn(authorization + 6, " "), pair, sizeof pair);
    const char *colon = n > 0 ? memchr(pair, ':', (size_t)n) : NULL;
    return colon && same(token, colon + 1, (size_t)(pair + n - colon - 1));
}
