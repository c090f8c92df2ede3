/* Settings: the table's names looked up in the environment, parsed by the table's types. Text
 * settings have a parser each. secure_getenv, so that a program with raised privileges sees none.
 */
#include "preload/config.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>

#include "arena/kinds.h"
#include "arena/settings.h"
#include "preload/glibc.h"
#include "preload/http.h"
#include "preload/sys.h"
#include "preload/text.h"

static void complain(const struct setting *s, const char *value) {
    TEXT(line, 512);
    text_str(&line, s->name);
    text_str(&line, "='");
    text_str(&line, value);
    text_str(&line, "' is not usable, using ");
    text_str(&line, s->default_text[0] ? s->default_text : "none");
    text_str(&line, "; see `cpprof help env`");
    agent_message(line.s, NULL, 0);
}

static bool parse_number(const struct setting *s, const char *value, uint64_t *out) {
    uint64_t n = 0;
    const char *p = value;
    for (; *p >= '0' && *p <= '9'; p++)
        if (__builtin_mul_overflow(n, 10, &n) ||
            __builtin_add_overflow(n, (uint64_t)(*p - '0'), &n))
            return false;
    if (p == value)
        return false;
    if (s->type == SETTING_SIZE && *p) {
        static const char suffixes[] = "kmg";
        const char *at = strchr(suffixes, *p | 0x20);
        if (!at)
            return false;
        uint64_t factor = UINT64_C(1) << 10 * (at - suffixes + 1);
        if (__builtin_mul_overflow(n, factor, &n))
            return false;
        p++;
    }
    *out = n;
    return *p == '\0' && n >= s->min && n <= s->max;
}

/* The value of a number, size or bool. */
static uint64_t number(enum setting_id id) {
    const struct setting *s = &settings[id];
    const char *value = secure_getenv(s->name);
    uint64_t n;
    if (!value || !*value)
        return s->default_value;
    if (parse_number(s, value, &n))
        return n;
    complain(s, value);
    return s->default_value;
}

/* Sets *out from a text setting by `parse`; where it refuses, from the default. */
static void text_setting(enum setting_id id, bool (*parse)(const char *, void *), void *out) {
    const struct setting *s = &settings[id];
    const char *value = secure_getenv(s->name);
    if (value && *value) {
        if (parse(value, out))
            return;
        complain(s, value);
    }
    parse(s->default_text, out);
}

/* A name without SIG, or a number; one whose default is harmless or death, and that can be caught.
 */
static bool parse_signal(const char *value, void *out) {
    int signo = 0;
    if (value[0] >= '0' && value[0] <= '9') {
        signo = (int)text_parse_uint(value);
        if (strlen(value) > 2)
            return false;
    } else {
        if (strncasecmp(value, "SIG", 3) == 0)
            value += 3;
        for (int i = 1; i < NSIG && !signo; i++) {
            const char *name = sigabbrev_np(i);
            if (name && strcasecmp(name, value) == 0)
                signo = i;
        }
        if (!signo)
            return false;
    }
    const uint64_t unusable = sys_sigbit(SIGKILL) | sys_sigbit(SIGSTOP) | sys_sigbit(SIGSEGV) |
                              sys_sigbit(SIGBUS) | sys_sigbit(SIGFPE) | sys_sigbit(SIGILL) |
                              sys_sigbit(SIGPROF) | sys_sigbit(SIGCHLD) | sys_sigbit(32) |
                              sys_sigbit(33);
    if (signo >= NSIG || (sys_sigbit(signo) & unusable))
        return false;
    *(int *)out = signo;
    return true;
}

static bool parse_kinds(const char *value, void *out) {
    uint32_t set = 0;
    if (strcmp(value, "all") == 0) {
        *(uint32_t *)out = (1u << KIND_COUNT) - 1;
        return true;
    }
    for (const char *p = value;; p++) {
        const char *end = strchrnul(p, ',');
        int kind = kind_find(p, (size_t)(end - p));
        if (kind < 0)
            return false;
        set |= 1u << kind;
        if (!*(p = end))
            break;
    }
    *(uint32_t *)out = set;
    return true;
}

/* An absolute path now, because a daemon changes its directory. */
static bool parse_dir(const char *value, void *out) {
    struct text t = {out, AGENT_PATH_MAX, 0, false};
    if (value[0] != '/') {
        long n = sys_call2(SYS_getcwd, (long)out, AGENT_PATH_MAX);
        if (n <= 0 || ((char *)out)[0] != '/')
            strcpy(out, "/"); /* the directory is gone, or its name too long */
        t.len = strlen(out);
        if (strcmp(value, ".") == 0)
            return true;
        text_str(&t, "/");
        if (strncmp(value, "./", 2) == 0)
            value += 2;
    }
    text_str(&t, value);
    return !t.cut;
}

/* Shell pattern with * and ?; small and without the locale, unlike fnmatch. */
static bool matches(const char *pattern, const char *name) {
    for (; *pattern; pattern++, name++) {
        if (*pattern == '*') {
            for (; *name; name++)
                if (matches(pattern + 1, name))
                    return true;
            return matches(pattern + 1, name);
        }
        if (!*name || (*pattern != '?' && *pattern != *name))
            return false;
    }
    return !*name;
}

/* The base name that the kernel was given to execute: for a link, the link's. */
static void set_exe(char exe[64]) {
    const char *path = (const char *)getauxval(AT_EXECFN);
    struct text t = {exe, 64, 0, false};
    const char *slash = path ? strrchr(path, '/') : NULL;
    text_str(&t, slash ? slash + 1 : path ? path : "");
    if (!exe[0])
        text_str(&t, "unknown");
}

bool config_read(struct agent_config *c) {
    int saved = errno;
    set_exe(c->exe);
    const char *pattern = secure_getenv(settings[SETTING_EXE].name);
    if (pattern && *pattern && !matches(pattern, c->exe))
        return false;
    c->verbose = number(SETTING_VERBOSE);
    c->cpu_rate_hz = (uint32_t)number(SETTING_CPU_RATE);
    c->heap_rate_bytes = number(SETTING_HEAP_RATE);
    c->mutex_fraction = number(SETTING_MUTEX_FRACTION);
    c->block_rate_ns = number(SETTING_BLOCK_RATE);
    c->mutex_threshold_ns = number(SETTING_MUTEX_THRESHOLD);
    c->block_threshold_ns = number(SETTING_BLOCK_THRESHOLD);
    c->stack_depth = (uint32_t)number(SETTING_STACK_DEPTH);
    c->at_exit = number(SETTING_AT_EXIT);
    c->symbolize = number(SETTING_SYMBOLIZE);
    c->max_memory_bytes = number(SETTING_MAX_MEMORY);
    text_setting(SETTING_SIGNAL, parse_signal, &c->dump_signo);
    text_setting(SETTING_DUMP, parse_kinds, &c->dump_kinds);
    text_setting(SETTING_DIR, parse_dir, c->dir);
    const char *dir = secure_getenv(settings[SETTING_DIR].name);
    c->dir_is_set = dir && *dir;
    const char *run_dir = secure_getenv(settings[SETTING_RUN_DIR].name);
    if (run_dir && *run_dir && !parse_dir(run_dir, c->run_dir)) {
        complain(&settings[SETTING_RUN_DIR], run_dir);
        c->run_dir[0] = '\0';
    }
    text_setting(SETTING_HTTP, http_parse, c->http);
    errno = saved;
    return true;
}
