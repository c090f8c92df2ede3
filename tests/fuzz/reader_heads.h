/* What a profile may begin with, so that a fuzzer that starts from nothing is at once where formats
 * are told apart: the first byte of an input chooses one of these, the rest stands behind it. */
#ifndef CPPROF_TESTS_FUZZ_READER_HEADS_H
#define CPPROF_TESTS_FUZZ_READER_HEADS_H

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

struct head {
    const char *bytes;
    size_t n;
};
#define HEAD(literal)                                                                              \
    { literal, sizeof(literal) - 1 }

static const struct head heads[] = {
    HEAD(""),
    HEAD("heap profile: 1: 1 [2: 2] @ heap/1024\n1: 5 [2: 6] @ 0x401000 0x402000\n"),
    HEAD("heap profile: 1: 1 [1: 1] @ growthz\n1: 5 [2: 6] @ 0x401000\n"),
    HEAD("goroutine profile: total 1\n1 @ 0x401000 0x402000\n"),
    HEAD("--- threadz 1 ---\n--- Thread 7f (name: a/1) stack: ---\n 0x401000 0x402000\n"),
    HEAD("--- mutex:\ncycles/second=5\nsampling period=2\n7 1 @ 0x401000\n"),
    HEAD("x profile: total 1\n1 @ 0x401000 0x9\n--- Memory map: ---\na=b\n"),
    HEAD("\0\0\0\0\3\0\0\0\0\0\0\0\4\0\0\0\0\0\0\0\1\0\0\0\2\0\0\0\0\x10\x40\0\0\x20\x40\0"),
    HEAD("\0\0\0\0\0\0\0\3\0\0\0\0\0\0\0\4\0\0\0\0"),
    /* A profile.proto message: strings, a type, functions, locations, samples with labels. */
    HEAD("\x32\x00\x32\x01"
         "a\x32\x05"
         "bytes\x32\x04"
         "b::c\x32\x05"
         "count\x0a\x04\x08\x01\x10\x04"
         "\x1a\x0a\x08\x01\x10\x00\x18\x80\x80\x01\x28\x03"
         "\x2a\x06\x08\x01\x10\x01\x20\x03\x2a\x06\x08\x02\x10\x03\x20\x01"
         "\x22\x0c\x08\x01\x10\x01\x18\x10\x22\x04\x08\x01\x10\x05"
         "\x22\x12\x08\x02\x10\x01\x18\x20\x22\x04\x08\x02\x10\x07\x22\x04\x08\x01\x10\x09"
         "\x12\x06\x08\x01\x08\x02\x10\x07"
         "\x12\x0c\x08\x02\x10\x05\x1a\x06\x08\x02\x18\x08\x20\x00"),
};

/* The input behind the head it chooses; malloc'ed, *n_out long. */
static uint8_t *with_head(const uint8_t *bytes, size_t n, size_t *n_out) {
    const struct head *h = &heads[n > 0 ? bytes[0] % (sizeof(heads) / sizeof(heads[0])) : 0];
    size_t rest = n > 0 ? n - 1 : 0;
    uint8_t *whole = malloc(h->n + rest + 1);

    if (!whole)
        abort();
    memcpy(whole, h->bytes, h->n);
    if (rest > 0)
        memcpy(whole + h->n, bytes + 1, rest);
    *n_out = h->n + rest;
    /* No byte behind it that could be read by mistake. */
    return realloc(whole, *n_out ? *n_out : 1);
}

#endif
