/* Makes a profile of a text, for tests: `make_profile TEXT PROFILE`, or one of many samples at
 * random: `make_profile --random SEED SAMPLES FUNCTIONS PROFILE`.
 *
 * A line of the text is one of
 *
 *     types TYPE/UNIT...                  default TYPE       period TYPE/UNIT N
 *     time NANOS   duration NANOS         comment WORDS...   doc URL   drop RE   keep RE
 *     mapping START LIMIT OFFSET FILE BUILD_ID FLAGS     FLAGS: of f n l i, - for none
 *     location MAPPING ADDRESS [folded]   MAPPING: 1..N in order, 0 for none
 *     line NAME|SYSTEM NAME|FILE|START|LINE|COLUMN       of the last location, innermost first
 *     sample VALUE...: LOCATION...: KEY=TEXT... KEY#NUMBER[UNIT]...   LOCATION: 1..N, leaf first
 *
 * and `-` stands for "", `\_` for a space within a word, `\n` for a new line. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proto/profile.h"

static struct profile *p;
static int line_number;

static void fail(const char *what) {
    fprintf(stderr, "make_profile: line %d: %s\n", line_number, what);
    exit(1);
}

static const char *text(const char *s) {
    char copy[8192];
    size_t n = 0;

    if (!s)
        fail("too few words");
    if (strcmp(s, "-") == 0)
        return "";
    for (; *s && n < sizeof(copy) - 1; s++)
        if (s[0] == '\\' && (s[1] == 'n' || s[1] == '_')) {
            copy[n++] = s[1] == 'n' ? '\n' : ' ';
            s++;
        } else {
            copy[n++] = *s;
        }
    copy[n] = '\0';
    return profile_string(p, copy);
}

static char *word(char **rest) {
    char *w;

    while ((w = strsep(rest, " ")) && !*w)
        ;
    return w;
}

static struct profile_value_type type(char *w) {
    char *type = strsep(&w, "/");

    return (struct profile_value_type){.type = text(type), .unit = text(w ? w : "-")};
}

static int64_t number(const char *w) {
    if (!w)
        fail("a number is missing");
    return (int64_t)(*w == '-' ? (unsigned long long)strtoll(w, NULL, 0) : strtoull(w, NULL, 0));
}

static void take_mapping(char *rest) {
    struct profile_mapping *m = profile_add_mapping(p);
    const char *flags;

    m->start = (uint64_t)number(word(&rest));
    m->limit = (uint64_t)number(word(&rest));
    m->offset = (uint64_t)number(word(&rest));
    m->file = text(word(&rest));
    m->build_id = text(word(&rest));
    flags = text(word(&rest));
    m->has_functions = strchr(flags, 'f');
    m->has_filenames = strchr(flags, 'n');
    m->has_line_numbers = strchr(flags, 'l');
    m->has_inline_frames = strchr(flags, 'i');
}

static void take_location(char *rest) {
    struct profile_location *l = profile_add_location(p);
    size_t mapping = (size_t)number(word(&rest));

    if (mapping > p->n_mappings)
        fail("there is no such mapping");
    l->mapping = mapping ? p->mappings[mapping - 1] : NULL;
    l->address = (uint64_t)number(word(&rest));
    l->is_folded = word(&rest) != NULL;
    l->lines = profile_alloc(p, 16 * sizeof(*l->lines));
}

static void take_line(char *rest) {
    struct profile_location *l = p->locations[p->n_locations - 1];
    const char *name = text(strsep(&rest, "|")), *system_name = text(strsep(&rest, "|"));
    const char *file = text(strsep(&rest, "|"));
    int64_t start = number(strsep(&rest, "|"));
    struct profile_line *line = &l->lines[l->n_lines++];

    line->function = profile_function(p, name, system_name, file, start);
    line->line = number(strsep(&rest, "|"));
    line->column = number(rest);
}

static void take_label(struct profile_sample *s, char *w) {
    struct profile_label *l = &s->labels[s->n_labels++];
    char *at = w + strcspn(w, "=#"), *unit;

    *l = (struct profile_label){.str = "", .num_unit = ""};
    if (*at == '=') {
        *at = '\0';
        l->str = text(at + 1);
    } else if (*at == '#') {
        *at = '\0';
        l->num = strtoll(at + 1, &unit, 10);
        l->num_unit = *unit ? text(unit) : "";
    } else {
        fail("no label");
    }
    l->key = text(w);
}

static void take_sample(char *rest) {
    struct profile_sample *s = profile_add_sample(p);
    char *values = strsep(&rest, ":"), *locations = strsep(&rest, ":"), *w;
    size_t n = 0;

    s->values = profile_alloc(p, p->n_sample_types * sizeof(*s->values));
    s->locations = profile_alloc(p, 256 * sizeof(*s->locations));
    s->labels = profile_alloc(p, 32 * sizeof(*s->labels));
    while ((w = word(&values)) && n < p->n_sample_types)
        s->values[n++] = number(w);
    while (locations && (w = word(&locations))) {
        size_t l = (size_t)number(w);
        if (l == 0 || l > p->n_locations)
            fail("there is no such location");
        s->locations[s->n_locations++] = p->locations[l - 1];
    }
    while (rest && (w = word(&rest)))
        take_label(s, w);
}

static void take_types(char *rest) {
    char *w;

    while ((w = word(&rest))) {
        struct profile_value_type t = type(w);
        profile_add_sample_type(p, t.type, t.unit);
    }
}

static void take(char *what, char *rest) {
    if (strcmp(what, "types") == 0)
        take_types(rest);
    else if (strcmp(what, "mapping") == 0)
        take_mapping(rest);
    else if (strcmp(what, "location") == 0)
        take_location(rest);
    else if (strcmp(what, "line") == 0)
        take_line(rest);
    else if (strcmp(what, "sample") == 0)
        take_sample(rest);
    else if (strcmp(what, "comment") == 0)
        profile_add_comment(p, rest ? rest : "");
    else if (strcmp(what, "default") == 0)
        p->default_sample_type = text(rest);
    else if (strcmp(what, "doc") == 0)
        p->doc_url = text(rest);
    else if (strcmp(what, "drop") == 0)
        p->drop_frames = text(rest);
    else if (strcmp(what, "keep") == 0)
        p->keep_frames = text(rest);
    else if (strcmp(what, "time") == 0)
        p->time_nanos = number(rest);
    else if (strcmp(what, "duration") == 0)
        p->duration_nanos = number(rest);
    else if (strcmp(what, "period") == 0) {
        p->period_type = type(word(&rest));
        p->period = number(word(&rest));
    } else
        fail("no such line");
}

static void read_text(const char *path) {
    static char line[65536];
    FILE *f = fopen(path, "r");

    if (!f)
        fail(path);
    while (fgets(line, sizeof(line), f)) {
        char *rest = line, *what;
        line_number++;
        line[strcspn(line, "\n")] = '\0';
        what = word(&rest);
        if (what && *what != '#')
            take(what, rest);
    }
    fclose(f);
}

/* ---- many samples: a program whose functions call those that come after them */

static uint32_t state;

static uint32_t below(uint32_t n) {
    state = state * 1664525 + 1013904223;
    return (state >> 8) % n;
}

static void make_locations(uint32_t functions) {
    for (uint32_t i = 0; i < functions * 4; i++) {
        struct profile_location *l = profile_add_location(p);
        char name[64], file[32];
        l->mapping = p->mappings[i % 3];
        l->address = l->mapping->start + i * 16;
        l->n_lines = below(6) == 0 ? 2 : 1;
        l->lines = profile_alloc(p, 2 * sizeof(*l->lines));
        for (size_t k = 0; k < l->n_lines; k++) {
            uint32_t f = (i + (uint32_t)k * 7) % functions;
            snprintf(name, sizeof(name), "part%u::function_%u", f % 7, f);
            snprintf(file, sizeof(file), "src/file_%u.cc", f % 20);
            l->lines[k].function = profile_function(p, name, name, file, f * 10);
            l->lines[k].line = f * 10 + below(9);
        }
    }
}

static void make_sample(uint32_t functions) {
    struct profile_sample *s = profile_add_sample(p);
    uint32_t at = below(3);

    s->values = profile_alloc(p, 2 * sizeof(*s->values));
    s->locations = profile_alloc(p, 32 * sizeof(*s->locations));
    s->labels = profile_alloc(p, sizeof(*s->labels));
    s->values[0] = 1 + below(5);
    s->values[1] = s->values[0] * 10000000;
    for (s->n_locations = 2 + below(20); at < functions && s->n_locations < 32;
         at += 1 + below(functions / 8))
        s->n_locations++;
    for (size_t i = s->n_locations; i > 0; i--)
        s->locations[i - 1] = p->locations[(i * 3 + below(12) * i) % p->n_locations];
    s->labels[0] = (struct profile_label){.key = "thread", .num_unit = ""};
    s->labels[0].str = below(2) ? "worker" : "main";
    s->n_labels = 1;
}

static void make_random(uint32_t seed, uint32_t samples, uint32_t functions) {
    static const char *const files[] = {"/usr/bin/server", "/usr/lib/libone.so.1", "/usr/lib/c.so"};

    state = seed;
    profile_add_sample_type(p, "samples", "count");
    profile_add_sample_type(p, "cpu", "nanoseconds");
    p->period_type = (struct profile_value_type){.type = "cpu", .unit = "nanoseconds"};
    p->period = 10000000;
    p->time_nanos = 1700000000000000000;
    p->duration_nanos = 30000000000;
    for (size_t i = 0; i < 3; i++) {
        struct profile_mapping *m = profile_add_mapping(p);
        m->start = 0x400000 + i * 0x10000000;
        m->limit = m->start + 0x1000000;
        m->file = files[i];
        m->has_functions = m->has_filenames = m->has_line_numbers = m->has_inline_frames = true;
    }
    make_locations(functions);
    for (uint32_t i = 0; i < samples; i++)
        make_sample(functions);
}

int main(int argc, char **argv) {
    const char *to = argv[argc - 1];
    int err;

    p = profile_new();
    if (argc == 6 && strcmp(argv[1], "--random") == 0)
        make_random((uint32_t)number(argv[2]), (uint32_t)number(argv[3]),
                    (uint32_t)number(argv[4]));
    else if (argc == 3)
        read_text(argv[1]);
    else
        return 2;
    err = profile_write(p, to);
    if (err < 0)
        fprintf(stderr, "make_profile: %s: %s\n", to, strerror(-err));
    profile_free(p);
    return err < 0;
}
