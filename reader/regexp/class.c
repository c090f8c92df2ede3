/* Classes of characters: `[a-z]`, `[[:alpha:]]`, `\d`, `\p{Greek}`.
 *
 * The named ASCII classes are written out, as PCRE2's of these names hold other characters. Their
 * complement under (?i) is the complement of the folded class, as in RE2: so it is folded here, for
 * PCRE2 would fold the complement. */
#define PCRE2_CODE_UNIT_WIDTH 8
#include "reader/regexp/translate.h"

#include <ctype.h>
#include <pcre2.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

enum { LONG_S = 0x17f, KELVIN = 0x212a, LAST_RUNE = 0x10ffff };

/* The class at work: how much of it stands in the translator's text. */
struct class {
    struct translator *t;
    size_t n_items;
};

static void put_range(struct class *c, uint32_t low, uint32_t high) {
    /* PCRE2 refuses what cannot be in a text */
    if (low >= 0xd800 && low < 0xe000)
        low = 0xe000;
    if (high >= 0xd800 && high < 0xe000)
        high = 0xd7ff;
    if (low > high)
        return;
    c->n_items++;
    regexp_put_rune(c->t, low);
    if (high > low) {
        regexp_put(c->t, "-");
        regexp_put_rune(c->t, high);
    }
}

/* ---- the ASCII classes */

struct ascii_class {
    const char *name;
    const char *ranges; /* pairs of first and last */
};

static const struct ascii_class perl_classes[] = {
    {"d", "09"},
    {"s", "\t\n\f\r  "},
    {"w", "09AZ__az"},
};

static const struct ascii_class posix_classes[] = {
    {"alnum", "09AZaz"},  {"alpha", "AZaz"},     {"ascii", ""},       {"blank", "\t\t  "},
    {"cntrl", ""},        {"digit", "09"},       {"graph", "!~"},     {"lower", "az"},
    {"print", " ~"},      {"punct", "!/:@[`{~"}, {"space", "\t\r  "}, {"upper", "AZ"},
    {"word", "09AZ__az"}, {"xdigit", "09AFaf"},
};

static const struct ascii_class *find_class(const struct ascii_class *list, size_t n_list,
                                            const char *name, size_t n) {
    for (size_t i = 0; i < n_list; i++)
        if (strlen(list[i].name) == n && memcmp(list[i].name, name, n) == 0)
            return &list[i];
    return NULL;
}

static void class_members(const struct ascii_class *a, bool fold, bool in[128]) {
    memset(in, 0, 128 * sizeof(*in));
    for (const char *r = a->ranges; *r; r += 2)
        for (int i = r[0]; i <= r[1]; i++)
            in[i] = true;
    if (strcmp(a->name, "ascii") == 0)
        memset(in, 1, 128 * sizeof(*in));
    for (int i = 0; i < 128; i++)
        if (strcmp(a->name, "cntrl") == 0)
            in[i] = i < 0x20 || i == 0x7f;
    for (int i = 'A'; fold && i <= 'Z'; i++)
        in[i] = in[i + 0x20] = in[i] || in[i + 0x20];
}

static void put_ascii_class(struct class *c, const struct ascii_class *a, bool negate) {
    bool fold = c->t->flags.fold, in[128];
    uint32_t low = 0x80;

    class_members(a, fold, in);
    for (int i = 0, end; i < 128; i = end + 1) {
        for (end = i; end < 127 && in[end + 1] == in[i]; end++)
            ;
        if (in[i] != negate)
            put_range(c, (uint32_t)i, (uint32_t)end);
    }
    if (!negate)
        return;
    /* these fold to s and k */
    if (fold && in['s']) {
        put_range(c, low, LONG_S - 1);
        low = LONG_S + 1;
    }
    if (fold && in['k']) {
        put_range(c, low, KELVIN - 1);
        low = KELVIN + 1;
    }
    put_range(c, low, LAST_RUNE);
}

/* ---- Unicode's */

static const char categories[] =
    " C Cc Cf Cn Co Cs L Ll Lm Lo Lt Lu M Mc Me Mn N Nd Nl No P Pc Pd Pe Pf Pi Po Ps S Sc Sk Sm So"
    " Z Zl Zp Zs ";

/* Name, what PCRE2 calls it. */
static const char *const aliases[][2] = {
    {"LC", "L&"},
    {"Any", "Any"},
    {"CasedLetter", "L&"},
    {"ClosePunctuation", "Pe"},
    {"CombiningMark", "M"},
    {"ConnectorPunctuation", "Pc"},
    {"Control", "Cc"},
    {"CurrencySymbol", "Sc"},
    {"DashPunctuation", "Pd"},
    {"DecimalNumber", "Nd"},
    {"EnclosingMark", "Me"},
    {"FinalPunctuation", "Pf"},
    {"Format", "Cf"},
    {"InitialPunctuation", "Pi"},
    {"Letter", "L"},
    {"LetterNumber", "Nl"},
    {"LineSeparator", "Zl"},
    {"LowercaseLetter", "Ll"},
    {"Mark", "M"},
    {"MathSymbol", "Sm"},
    {"ModifierLetter", "Lm"},
    {"ModifierSymbol", "Sk"},
    {"NonspacingMark", "Mn"},
    {"Number", "N"},
    {"OpenPunctuation", "Ps"},
    {"Other", "C"},
    {"OtherLetter", "Lo"},
    {"OtherNumber", "No"},
    {"OtherPunctuation", "Po"},
    {"OtherSymbol", "So"},
    {"ParagraphSeparator", "Zp"},
    {"PrivateUse", "Co"},
    {"Punctuation", "P"},
    {"Separator", "Z"},
    {"SpaceSeparator", "Zs"},
    {"SpacingMark", "Mc"},
    {"Surrogate", "Cs"},
    {"Symbol", "S"},
    {"TitlecaseLetter", "Lt"},
    {"Unassigned", "Cn"},
    {"UppercaseLetter", "Lu"},
    {"cntrl", "Cc"},
    {"digit", "Nd"},
    {"punct", "P"},
};

enum { NAME_BYTES = 48 };

/* Without what does not count: `_`, `-`, spaces; the first letter large, the others small. */
static bool canonical_name(const char *name, size_t n, char to[NAME_BYTES]) {
    size_t length = 0;

    for (size_t i = 0; i < n; i++) {
        if (name[i] == '_' || name[i] == '-' || name[i] == ' ')
            continue;
        if (!isalnum((unsigned char)name[i]) || length == NAME_BYTES - 1)
            return false;
        to[length] = (char)(length ? tolower(name[i]) : toupper(name[i]));
        length++;
    }
    to[length] = '\0';
    return length > 0;
}

static bool is_category(const char *name) {
    char word[8];

    return strlen(name) <= 2 && snprintf(word, sizeof(word), " %s ", name) > 0 &&
           strstr(categories, word);
}

static bool is_script(const char *name) {
    char pattern[NAME_BYTES + 16];
    int error;
    PCRE2_SIZE at;
    pcre2_code *code;

    snprintf(pattern, sizeof(pattern), "\\p{sc:%s}", name);
    code = pcre2_compile((PCRE2_SPTR)pattern, PCRE2_ZERO_TERMINATED, PCRE2_UTF, &error, &at, NULL);
    pcre2_code_free(code);
    return code != NULL;
}

/* What PCRE2 calls it, in `to`; false if it is none. */
static bool property_name(const char *name, bool fold, char to[NAME_BYTES + 8]) {
    const char *is = is_category(name) ? name : NULL;

    for (size_t i = 0; !is && i < sizeof(aliases) / sizeof(*aliases); i++)
        if (strcasecmp(aliases[i][0], name) == 0)
            is = aliases[i][1];
    /* PCRE2 leaves these as they are under (?i) */
    if (is && fold && (strcmp(is, "Lu") == 0 || strcmp(is, "Ll") == 0 || strcmp(is, "Lt") == 0))
        is = "L&";
    snprintf(to, NAME_BYTES + 8, is ? "%s" : "sc:%s", is ? is : name);
    return is || is_script(name);
}

static bool put_property(struct class *c, const char *name, size_t n, bool negate) {
    static const struct ascii_class ascii = {"ascii", ""};
    char canonical[NAME_BYTES], property[NAME_BYTES + 8];

    if (!canonical_name(name, n, canonical))
        return false;
    if (strcmp(canonical, "Ascii") == 0) {
        put_ascii_class(c, &ascii, negate);
        return true;
    }
    if (strcmp(canonical, "Assigned") == 0) {
        strcpy(canonical, "Cn");
        negate = !negate;
    }
    if (!property_name(canonical, c->t->flags.fold, property))
        return false;
    regexp_putf(c->t, "\\%c{%s}", negate ? 'P' : 'p', property);
    c->n_items++;
    return true;
}

/* `\pN`, `\p{Name}`, `\P{^Name}`. */
static const char *read_property(struct class *c, const char *at) {
    bool negate = at[1] == 'P';
    const char *name = at + 2, *end, *after;
    uint32_t rune;

    after = regexp_rune(c->t, name, &rune);
    if (!after)
        return NULL;
    end = after;
    if (rune == '{') {
        name++;
        end = strchr(at, '}');
        for (const char *i = name; *i && i != end;)
            if (!(i = regexp_rune(c->t, i, &rune)))
                return NULL;
        if (!end)
            return regexp_refuse(c->t, "invalid character class range", at, strlen(at));
        after = end + 1;
    }
    if (name < end && *name == '^') {
        negate = !negate;
        name++;
    }
    if (!put_property(c, name, (size_t)(end - name), negate))
        return regexp_refuse(c->t, "invalid character class range", at, (size_t)(after - at));
    return after;
}

/* ---- what stands in the pattern */

/* A class after a backslash, outside of brackets or in them; `at` comes back when it is none. */
static const char *read_class_escape(struct class *c, const char *at) {
    const struct ascii_class *a;
    char letter;

    if (at[0] != '\\' || !at[1])
        return at;
    if (at[1] == 'p' || at[1] == 'P')
        return read_property(c, at);
    letter = (char)tolower(at[1]);
    a = find_class(perl_classes, sizeof(perl_classes) / sizeof(*perl_classes), &letter, 1);
    if (!a)
        return at;
    put_ascii_class(c, a, isupper((unsigned char)at[1]));
    return at + 2;
}

/* `[:alpha:]`, `[:^alpha:]`; `at` comes back when it is none. */
static const char *read_named(struct class *c, const char *at) {
    const char *name = at + 2, *end;
    const struct ascii_class *a;
    bool negate;

    if (at[0] != '[' || at[1] != ':' || !at[2] || !(end = strstr(name, ":]")))
        return at;
    negate = *name == '^';
    name += negate;
    a = end < name ? NULL
                   : find_class(posix_classes, sizeof(posix_classes) / sizeof(*posix_classes), name,
                                (size_t)(end - name));
    if (!a)
        return regexp_refuse(c->t, "invalid character class range", at, (size_t)(end + 2 - at));
    put_ascii_class(c, a, negate);
    return end + 2;
}

static const char *read_member(struct class *c, const char *at, const char *whole, uint32_t *rune) {
    if (!*at)
        return regexp_refuse(c->t, "missing closing ]", whole, strlen(whole));
    return *at == '\\' ? regexp_escape(c->t, at, rune) : regexp_rune(c->t, at, rune);
}

static const char *read_range(struct class *c, const char *at, const char *whole) {
    uint32_t low, high;
    const char *after = read_member(c, at, whole, &low);

    if (!after)
        return NULL;
    high = low;
    if (after[0] == '-' && after[1] && after[1] != ']') {
        after = read_member(c, after + 1, whole, &high);
        if (!after)
            return NULL;
        if (high < low)
            return regexp_refuse(c->t, "invalid character class range", at, (size_t)(after - at));
    }
    put_range(c, low, high);
    return after;
}

static const char *read_item(struct class *c, const char *at, const char *whole) {
    const char *after = read_named(c, at);

    if (after == at)
        after = read_class_escape(c, at);
    if (after == at)
        after = read_range(c, at, whole);
    return after;
}

/* Nothing is in it, but for all if it is negated. */
static void put_empty(struct class *c, size_t start, bool negate) {
    if (c->n_items > 0) {
        regexp_put(c->t, "]");
        return;
    }
    c->t->n = start;
    regexp_put(c->t, negate ? "(?s:.)" : "(?!)");
}

const char *regexp_class(struct translator *t, const char *at) {
    struct class c = {.t = t};
    const char *whole = at, *first;
    size_t start = t->n;
    bool negate = at[1] == '^';

    regexp_put(t, negate ? "[^" : "[");
    at += negate ? 2 : 1;
    for (first = at; *at != ']' || at == first;) {
        at = read_item(&c, at, whole);
        if (!at)
            return NULL;
    }
    put_empty(&c, start, negate);
    return at + 1;
}

const char *regexp_class_escape(struct translator *t, const char *at) {
    struct class c = {.t = t};
    const char *after;

    regexp_put(t, "[");
    after = read_class_escape(&c, at);
    regexp_put(t, "]");
    return after;
}
