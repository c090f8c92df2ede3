// link: symbolize/symbolize_object.c symbolize/symbolize_dwarf.c symbolize/symbolize_die.c
// link: symbolize/symbolize_symtab.c
// link: symbolize/symbolize_plt.c symbolize/symbolize_answer.c symbolize/elf_layout.c
// link: symbolize/build_id.c symbolize/demangle.c symbolize/symbolize_vdso.c
// libs: -ldw -lelf -l:libiberty.a
/* A libFuzzer target for the look-up of names in an ELF file, in this process: bytes as the file,
 * looked up at a few positions all over it.
 *
 * libdw itself is not instrumented, and is not trusted with damaged DWARF: that is why the
 * symbolizer reads files in a process apart. So here the sections of DWARF are hidden unless
 * FUZZ_DWARF is set, and what is tested is our own reading of headers, symbols, stubs and names.
 *
 * An input that is no ELF file would end at the first bytes: such ones are replaced by the vdso,
 * the one small ELF file that is always at hand, before they are mutated. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "symbolize/symbolize_object.h"
#include "symbolize/symbolize_vdso.h"

enum { POSITIONS = 64 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max_size);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned seed);
int LLVMFuzzerInitialize(int *argc, char ***argv);

/* An ELF file has its section headers at its end: inputs must not be cut at the default of 4 KiB.
 */
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
    if (size < 1024 || memcmp(data, "\177ELF", 4) != 0) {
        int fd = vdso_image_open();
        ssize_t n = fd >= 0 ? pread(fd, data, max_size, 0) : 0;

        if (fd >= 0)
            close(fd);
        if (n > 0)
            size = (size_t)n;
    }
    return LLVMFuzzerMutate(data, size, max_size);
}

static int file_of(const uint8_t *data, size_t size) {
    int fd = memfd_create("fuzz", MFD_CLOEXEC);
    size_t at = 0;

    while (fd >= 0 && at < size) {
        ssize_t n = write(fd, data + at, size - at);

        if (n <= 0)
            abort();
        at += (size_t)n;
    }
    return fd;
}

static void hide_dwarf(uint8_t *data, size_t size) {
    static const char name[] = ".debug_";
    uint8_t *end = data + size, *at = data;

    while ((at = memmem(at, (size_t)(end - at), name, sizeof(name) - 1)))
        *at = '_';
}

static void check(const struct answer *a) {
    for (uint32_t i = 0; i < a->n_spans; i++)
        for (uint32_t k = 0; k < a->spans[i].n; k++) {
            const struct answer_frame *frame = &a->frames[a->spans[i].first + k];
            const struct answer_function *f = &a->functions[frame->function];

            if (a->text[f->name] == 0 || a->text[f->system_name] == 0)
                abort();
        }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct symbolize_source source = {.path = "/fuzz", .build_id = "", .debug_path = ""};
    uint8_t *copy = malloc(size + 1);
    uint64_t offsets[POSITIONS];
    struct answer answer = {0};
    struct object *o;

    if (!copy)
        return 0;
    memcpy(copy, data, size);
    if (!getenv("FUZZ_DWARF"))
        hide_dwarf(copy, size);
    source.fd = file_of(copy, size);
    free(copy);
    o = object_open(&source);
    for (size_t i = 0; i < POSITIONS; i++)
        offsets[i] = i * size / POSITIONS;
    if (o && answer_init(&answer, POSITIONS) == 0 &&
        object_lookup(o, offsets, POSITIONS, &answer) == 0)
        check(&answer);
    answer_release(&answer);
    object_close(o);
    return 0;
}
