/* Machine code as text: what objdump, of LLVM or of GNU binutils, says of a range of a file.
 *
 * One thread at a time per disassembler. Not async-signal-safe: it starts processes. */
#ifndef CPPROF_READER_CODE_DISASSEMBLER_H
#define CPPROF_READER_CODE_DISASSEMBLER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Strings are never NULL. */
struct instruction {
    uint64_t address; /* of the file */
    const char *text, *function, *file;
    int64_t line; /* 0 when unknown */
};

struct disassembly {
    struct instruction *instructions;
    size_t n;
    char *memory; /* what the strings point into */
};

struct disassembler {
    char objdump[4096]; /* a path */
    bool is_llvm;
};

/* Finds objdump: LLVM's (8 or newer) if it is there, else that of GNU binutils; where PPROF_TOOLS
 * says, else on PATH. -ENOENT, with a reason in `why`, when there is none. */
int disassembler_init(struct disassembler *d, char *why, size_t why_bytes);

/* Disassembles [start, end), addresses of the file. To be released in every case. 0, or a negative
 * errno with a reason in `why`. */
int disassemble(const struct disassembler *d, const char *file, uint64_t start, uint64_t end,
                bool intel_syntax, struct disassembly *out, char *why, size_t why_bytes);
void disassembly_release(struct disassembly *);

/* Reads objdump's output; takes `text`, which is malloc'ed and ends with a NUL. -ENOMEM. */
int disassembly_parse(struct disassembly *out, char *text);

#endif
