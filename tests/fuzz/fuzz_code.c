// link: reader/code/code_object.c reader/code/disassembly_parse.c reader/code/highlight.c
// link: reader/code/symbol_match.c reader/regexp.c reader/regexp/*.c reader/strconv.c
// link: symbolize/elf_layout.c symbolize/demangle.c symbolize/symbolize_vdso.c symbolize/build_id.c
// libs: -ldw -lelf -lpcre2-8 -l:libiberty.a -lm
/* What list, disasm and weblist read that others wrote: an ELF file with its symbols, the output of
 * objdump, a line of source. The first byte says which.
 *
 * What is to be an ELF file and is none is replaced by the vdso before it is mutated. */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "reader/code/code_object.h"
#include "reader/code/disassembler.h"
#include "reader/code/highlight.h"
#include "reader/code/symbol_match.h"
#include "symbolize/symbolize_vdso.h"

size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max_size);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned seed);
int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Section headers are at the end of an ELF file: the default of 4 KiB would cut them off. */
int LLVMFuzzerInitialize(int *argc, char ***argv) {
    static char *with_length[64], option[] = "-max_len=40000";
    int n = 0;

    for (; n < *argc && n < 62; n++)
        with_length[n] = (*argv)[n];
    with_length[n++] = option;
    *argc = n;
    *argv = with_length;
    return 0;
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned seed) {
    if (size == 0 || (data[0] % 3 == 0 && (size < 1024 || memcmp(data + 1, "\177ELF", 4) != 0))) {
        int fd = vdso_image_open();
        ssize_t n = fd >= 0 && max_size > 0 ? pread(fd, data + 1, max_size - 1, 0) : 0;

        if (fd >= 0)
            close(fd);
        data[0] = 0;
        size = n > 0 ? (size_t)n + 1 : 1;
    }
    return LLVMFuzzerMutate(data, size, max_size);
}

static void read_symbols(struct code_object *o, struct regexp *regexp) {
    for (int elsewhere = 0; elsewhere < 2; elsewhere++) {
        uint64_t address = 0x1000;
        struct symbol_match *matches;
        size_t n;

        if (symbol_matches(o, elsewhere, regexp, &address, &matches, &n) == 0)
            symbol_matches_free(matches, n);
    }
}

static void read_object(const uint8_t *data, size_t size) {
    static struct regexp *regexp;
    struct profile_mapping m = {.start = 0x400000, .limit = 0x500000, .offset = 0x1000};
    struct code_object *o;
    char path[64], why[256];
    int fd = memfd_create("elf", MFD_CLOEXEC);
    uint64_t in_file;

    if (!regexp)
        regexp = regexp_new("a.*::b", why, sizeof(why));
    snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    m.file = path;
    if (fd >= 0 && write(fd, data, size) == (ssize_t)size &&
        code_object_open(&m, &o, why, sizeof(why)) == 0) {
        code_object_address(o, 0x401000, &in_file);
        read_symbols(o, regexp);
        code_object_close(o);
    }
    if (fd >= 0)
        close(fd);
}

static void read_disassembly(const uint8_t *data, size_t size) {
    char *text = malloc(size + 1);
    struct disassembly d;

    memcpy(text, data, size);
    text[size] = 0;
    if (disassembly_parse(&d, text) == 0)
        for (size_t i = 0; i < d.n; i++)
            assert(strlen(d.instructions[i].text) + strlen(d.instructions[i].function) +
                       strlen(d.instructions[i].file) <=
                   3 * size);
    disassembly_release(&d);
}

/* But for the colours, the text is what it was. */
static void write_highlighted(const uint8_t *data, size_t size) {
    static const char *const files[] = {"a.c", "a.go", "a.rs", "a.js", "a.py", "a.txt"};
    struct highlight h = highlight_of(files[size % 6]);
    char *text = NULL;
    size_t n = 0, at = 0;
    FILE *to = open_memstream(&text, &n);

    highlight_line(&h, (const char *)data, size, to);
    fclose(to);
    if (!memchr(data, '\033', size)) {
        for (size_t i = 0; i < n; i++) {
            if (text[i] == '\033')
                i += strcspn(text + i, "m");
            else
                assert(at < size && text[i] == (char)data[at++]);
        }
        assert(at == size);
    }
    free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size == 0)
        return 0;
    switch (data[0] % 3) {
    case 0:
        read_object(data + 1, size - 1);
        break;
    case 1:
        read_disassembly(data + 1, size - 1);
        break;
    default:
        write_highlighted(data + 1, size - 1);
    }
    return 0;
}
