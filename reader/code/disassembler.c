/* Runs objdump. A process of its own for it, and not a library in this one: the text is then that
 * of the tool which the user knows, in the version that fits his machine, and a file that crashes
 * its reader costs one listing. */
#include "reader/code/disassembler.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "reader/code/tool.h"

enum { OLDEST_LLVM = 8 };

/* ---- which one */

/* `LLVM version 14.0.6`, and not older than what knows the options below. */
static bool is_llvm_objdump(const char *version) {
    const char *at = strstr(version, "LLVM version ");
    char line[128];
    int major;

    if (!at)
        return false;
    snprintf(line, sizeof(line), "%.*s", (int)strcspn(at, "\n"), at);
    return strstr(line, "trunk") ||
           (sscanf(line, "LLVM version %d.%*d.%*d", &major) == 1 && major >= OLDEST_LLVM);
}

static bool try(struct disassembler *d, const char *path) {
    const char *const argv[] = {path, "--version", NULL};
    char why[64], *version;
    size_t n;
    bool found;

    if (tool_output(argv, &version, &n, why, sizeof(why)) < 0)
        return false;
    d->is_llvm = is_llvm_objdump(version);
    found = d->is_llvm || strstr(version, "GNU objdump");
    free(version);
    if (found)
        snprintf(d->objdump, sizeof(d->objdump), "%s", path);
    return found;
}

/* Looks for a tool in a directory, on PATH for "". */
static bool try_in(struct disassembler *d, const char *directory, const char *name) {
    char path[4096];

    if (directory[0] == 0)
        return tool_find(name, path, sizeof(path)) && try(d, path);
    return (size_t)snprintf(path, sizeof(path), "%s/%s", directory, name) < sizeof(path) &&
           tool_is_program(path) && try(d, path);
}

/* Tries the directories of PPROF_TOOLS, `DIRECTORY` or `TOOL:DIRECTORY` separated by commas: those
 * that are for objdump, or those that are for every tool. */
static bool try_tools(struct disassembler *d, const char *tools, const char *name, bool own) {
    char entry[4096];

    do {
        size_t n = strcspn(tools, ",");
        const char *colon;

        snprintf(entry, sizeof(entry), "%.*s", (int)n, tools);
        tools += n;
        colon = strchr(entry, ':');
        if (own && colon && strncmp(entry, "objdump:", 8) == 0 && try_in(d, colon + 1, name))
            return true;
        if (!own && (!colon || colon == entry) && try_in(d, colon ? colon + 1 : entry, name))
            return true;
    } while (*tools++ == ',');
    return false;
}

int disassembler_init(struct disassembler *d, char *why, size_t why_bytes) {
    static const char *const names[] = {"llvm-objdump", "objdump"};
    const char *tools = getenv("PPROF_TOOLS");

    *d = (struct disassembler){0};
    for (int i = 0; i < 2; i++)
        if (try_tools(d, tools ? tools : "", names[i], true) ||
            try_tools(d, tools ? tools : "", names[i], false))
            return 0;
    snprintf(why, why_bytes,
             "cannot disasm: no objdump tool available (it is in the package binutils)");
    return -ENOENT;
}

/* ---- running it */

int disassemble(const struct disassembler *d, const char *file, uint64_t start, uint64_t end,
                bool intel_syntax, struct disassembly *out, char *why, size_t why_bytes) {
    char from[64], to[64], *path = NULL, *text;
    const char *argv[12] = {
        d->objdump, "--disassemble", "--demangle", "--no-show-raw-insn", "--line-numbers", from,
        to};
    size_t n = 7, bytes;
    int rc;

    *out = (struct disassembly){0};
    snprintf(from, sizeof(from), "--start-address=0x%" PRIx64, start);
    snprintf(to, sizeof(to), "--stop-address=0x%" PRIx64, end);
    if (intel_syntax && d->is_llvm) {
        argv[n++] = "--x86-asm-syntax=intel";
    } else if (intel_syntax) {
        argv[n++] = "-M";
        argv[n++] = "intel";
    }
    /* A profile may name any file: none is an option. */
    if (asprintf(&path, "%s%s", file[0] == '-' ? "./" : "", file) < 0)
        return -ENOMEM;
    argv[n++] = path;
    rc = tool_output(argv, &text, &bytes, why, why_bytes);
    free(path);
    return rc < 0 ? rc : disassembly_parse(out, text);
}
