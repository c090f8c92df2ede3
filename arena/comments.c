/* The comments of a profile, put together without stdio, since the agent's dumper writes them, too.
 * Lines `cpprof: ...` tell what is wrong or missing; pprof shows them above every report. Lines
 * `# cpprof: ...` only describe; pprof shows them by -comments. */
#include "arena/comments.h"

#include <string.h>

#include "arena/counters.h"
#include "arena/settings.h"

#define NOTE "# cpprof: "

struct line {
    char s[256];
    size_t len;
};

static void line_text(struct line *l, const char *text) {
    size_t n = strlen(text), room = sizeof l->s - 1 - l->len;
    if (n > room)
        n = room;
    memcpy(l->s + l->len, text, n);
    l->len += n;
    l->s[l->len] = '\0';
}

static void line_number(struct line *l, uint64_t n) {
    char digits[21], *p = digits + sizeof digits - 1;
    *p = '\0';
    do
        *--p = (char)('0' + n % 10);
    while (n /= 10);
    line_text(l, p);
}

static struct line line_new(const char *start) {
    struct line l = {.len = 0};
    line_text(&l, start);
    return l;
}

static void line_setting(struct line *l, enum setting_id id, uint64_t value) {
    line_text(l, " ");
    line_text(l, settings[id].name);
    line_text(l, "=");
    line_number(l, value);
}

/* Bytes of the UTF-8 character at s, 0 when there is none. */
static size_t utf8_length(const unsigned char *s, size_t n) {
    static const struct {
        unsigned char mask, lead;
        uint32_t least;
    } forms[] = {
        {0x80, 0x00, 0x20}, {0xe0, 0xc0, 0x80}, {0xf0, 0xe0, 0x800}, {0xf8, 0xf0, 0x10000}};
    for (size_t len = 1; len <= 4 && len <= n; len++) {
        if ((s[0] & forms[len - 1].mask) != forms[len - 1].lead)
            continue;
        uint32_t c = s[0] & (unsigned char)~forms[len - 1].mask;
        for (size_t i = 1; i < len; i++) {
            if ((s[i] & 0xc0) != 0x80)
                return 0;
            c = c << 6 | (s[i] & 0x3f);
        }
        return c < forms[len - 1].least || c == 0x7f || c > 0x10ffff || (c >= 0xd800 && c < 0xe000)
                   ? 0
                   : len;
    }
    return 0;
}

size_t text_clean(char *out, size_t room, const char *s, size_t n) {
    size_t len = 0;
    for (size_t i = 0, step; i < n; i += step) {
        size_t c = utf8_length((const unsigned char *)s + i, n - i);
        step = c ? c : 1;
        if (len + step >= room)
            break;
        memcpy(out + len, c ? s + i : "?", step);
        len += step;
    }
    out[len] = '\0';
    return len;
}

static void write_process(const struct arena_header *h, struct pprof_writer *w) {
    char exe[sizeof h->exe + 1];
    text_clean(exe, sizeof exe, h->exe, strnlen(h->exe, sizeof h->exe));
    struct line command = line_new(NOTE), pid = line_new(NOTE);
    line_text(&command, "command ");
    line_text(&command, exe);
    pprof_write_comment(w, command.s);
    line_text(&pid, "pid ");
    line_number(&pid, h->pid);
    pprof_write_comment(w, pid.s);
}

static void write_settings(const struct arena_header *h, const struct kind *kind,
                           struct pprof_writer *w) {
    struct line l = line_new(NOTE);
    line_text(&l, "settings");
    if (kind->event == ARENA_EVENT_CPU)
        line_setting(&l, SETTING_CPU_RATE, h->cpu_rate_hz);
    if (kind->event == ARENA_EVENT_HEAP)
        line_setting(&l, SETTING_HEAP_RATE, h->heap_rate_bytes);
    if (kind->event == ARENA_EVENT_MUTEX) {
        line_setting(&l, SETTING_MUTEX_FRACTION, h->mutex_fraction);
        line_setting(&l, SETTING_MUTEX_THRESHOLD, h->mutex_threshold_ns);
    }
    if (kind->event == ARENA_EVENT_BLOCK) {
        line_setting(&l, SETTING_BLOCK_RATE, h->block_rate_ns);
        line_setting(&l, SETTING_BLOCK_THRESHOLD, h->block_threshold_ns);
    }
    line_setting(&l, SETTING_STACK_DEPTH, h->stack_depth);
    pprof_write_comment(w, l.s);
}

static void write_counter(const struct counter *c, uint64_t n, struct pprof_writer *w) {
    struct line l = line_new("cpprof: ");
    if (!c->is_flag) {
        line_number(&l, n);
        line_text(&l, " ");
    }
    line_text(&l, c->comment);
    pprof_write_comment(w, l.s);
}

void comments_write(const struct arena_view *v, const struct kind *kind, uint64_t damaged,
                    struct pprof_writer *w) {
    static const struct counter damage = {.comment = "records dropped: the arena is damaged there"};
    const struct arena_header *h = arena_view_header(v);
    pprof_write_comment(w, NOTE "version " CPPROF_VERSION);
    write_process(h, w);
    write_settings(h, kind, w);
    for (int i = 0; i < ARENA_COUNTERS; i++) {
        uint64_t n = __atomic_load_n(&h->counters[i], __ATOMIC_RELAXED);
        const struct counter *c = &counters[i];
        if (n && c->comment[0] && (!c->concerns || c->concerns == kind->event))
            write_counter(c, n, w);
    }
    if (damaged)
        write_counter(&damage, damaged, w);
}
