/* Reads what objdump writes. Its lines are told apart as google/pprof does, by form alone:
 *
 *     ADDRESS: INSTRUCTION      all of them with a white space after the colon
 *     FILE:LINE                 of the instructions that follow; LLVM puts `; ` before it
 *     FUNCTION():               likewise
 *     ADDRESS <FUNCTION>:       and any other line with a colon
 *
 * Any other line, such as an empty one, makes the next instructions those of an unknown place. */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/grow.h"
#include "reader/code/disassembler.h"

struct place {
    const char *function, *file;
    int64_t line;
};

static char *skip_space(char *s) {
    while (isspace((unsigned char)*s))
        s++;
    return s;
}

static char *trim(char *line) {
    char *end;

    line = skip_space(line);
    end = line + strlen(line);
    while (end > line && isspace((unsigned char)end[-1]))
        end--;
    *end = 0;
    return line;
}

static size_t hex_digits(const char *s) {
    size_t n = 0;

    while (isxdigit((unsigned char)s[n]))
        n++;
    return n;
}

static bool parse_instruction(char *line, uint64_t *address, char **text) {
    size_t n = hex_digits(line);

    if (n == 0 || line[n] != ':' || !isspace((unsigned char)line[n + 1]))
        return false;
    errno = 0;
    *address = strtoull(line, NULL, 16);
    *text = skip_space(line + n + 1);
    return errno == 0;
}

/* LLVM writes what is no instruction as a comment. */
static char *skip_comment_mark(char *line) {
    line += *line == ';';
    return line + (isspace((unsigned char)*line) ? 1 : 0);
}

static bool parse_file_line(char *line, struct place *place) {
    char *start = skip_comment_mark(line), *colon = line + strlen(line);
    unsigned long long number;

    do {
        if (colon == start)
            return false;
        colon--;
    } while (colon[0] != ':' || !isdigit((unsigned char)colon[1]));
    errno = 0;
    number = strtoull(colon + 1, NULL, 10);
    if (errno == 0 && number <= UINT32_MAX) {
        *colon = 0;
        place->file = start;
        place->line = (int64_t)number;
    }
    return true;
}

/* The last `():` in a line that has something before it. */
static char *find_call_mark(char *start) {
    char *last = NULL;

    for (char *at = start; (at = strstr(at, "():")); at++)
        if (at > start)
            last = at;
    return last;
}

static bool parse_function(char *line, struct place *place) {
    char *start = skip_comment_mark(line), *end = find_call_mark(start);

    if (end && !isspace((unsigned char)*start)) {
        *end = 0;
        place->function = start;
        return true;
    }
    end = strrchr(line, ':');
    if (!end)
        return false;
    *end = 0;
    start = line + hex_digits(line);
    place->function = start + (isspace((unsigned char)*start) ? 1 : 0);
    return true;
}

static int add(struct disassembly *d, uint64_t address, const char *text,
               const struct place *place) {
    if (!grow_array(&d->instructions, d->n, sizeof(*d->instructions)))
        return -ENOMEM;
    d->instructions[d->n++] =
        (struct instruction){address, text, place->function, place->file, place->line};
    return 0;
}

int disassembly_parse(struct disassembly *out, char *text) {
    static const struct place unknown = {"", "", 0};
    struct place place = unknown;
    char *next;
    int rc = 0;

    *out = (struct disassembly){.memory = text};
    for (char *line = text; rc == 0 && *line; line = next) {
        size_t n = strcspn(line, "\n");
        uint64_t address;
        char *instruction;

        next = line + n + (line[n] != 0);
        line[n] = 0;
        line = trim(line);
        if (parse_instruction(line, &address, &instruction))
            rc = add(out, address, instruction, &place);
        else if (!parse_file_line(line, &place) && !parse_function(line, &place))
            place = unknown;
    }
    return rc;
}

void disassembly_release(struct disassembly *d) {
    free(d->instructions);
    free(d->memory);
    *d = (struct disassembly){0};
}
