/* A libFuzzer target for the CFI parser.
 *
 * The first eight bytes are four numbers: where the header is in the image, where an FDE may be,
 * which pc, relative to the image, is looked up, and, by the lowest bit of the last, what the rest
 * is: an image of .eh_frame_hdr and .eh_frame, or the instructions of the FDE in an image that is
 * right but for them. */
// link: preload/unwind/unwind_cfi.c preload/unwind/unwind_program.c preload/unwind/unwind_expr.c preload/unwind/unwind_rule.c
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "preload/unwind/unwind_cfi.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const struct unwind_row *row) {
    uint64_t rule = rule_pack(row);
    struct unwind_row again;

    if (rule_kind(rule) > RULE_DEREF)
        return;
    rule_unpack(rule, &again);
    if (again.cfa_reg != row->cfa_reg || again.cfa_off != row->cfa_off ||
        again.cfa_deref != row->cfa_deref || again.cfa_add != row->cfa_add ||
        rule_pack(&again) != rule)
        abort();
}

static void decode(struct unwind_range image, const uint8_t *fde, const uint8_t *hdr, uint64_t pc) {
    struct unwind_row row;

    if (cfi_row(image, fde, hdr, pc, &row))
        check(&row);
}

/* A header with one entry, a CIE as gcc writes it, and the head of its FDE. */
struct template {
    uint8_t hdr[4];
    int32_t eh_frame;
    uint32_t count;
    int32_t function, fde;
    uint32_t cie_size, cie_id;
    uint8_t cie[16];
    uint32_t fde_size, fde_cie;
    int32_t pc_begin;
    uint32_t pc_range;
    uint8_t augmentation_size;
}
__attribute__((packed));

enum {
    CIE_AT = offsetof(struct template, cie_size),
    FDE_AT = offsetof(struct template, fde_size),
    PC_RANGE = 256
};

static void fill(struct template *t, size_t instructions) {
    *t = (struct template){
        .hdr = {1, 0x1b, 0x03, 0x3b},
        .eh_frame = CIE_AT - offsetof(struct template, eh_frame),
        .count = 1,
        .fde = FDE_AT,
        .cie_size = sizeof t->cie_id + sizeof t->cie,
        .cie = {1, 'z', 'R', 0, 1, 0x78, 16, 1, 0x1b, 0x0c, 7, 8, 0x90, 1},
        .fde_size = (uint32_t)(sizeof *t - offsetof(struct template, fde_cie) + instructions),
        .fde_cie = offsetof(struct template, fde_cie) - CIE_AT,
        .pc_begin = -(int32_t)offsetof(struct template, pc_begin),
        .pc_range = PC_RANGE,
    };
}

/* A copy of its own for each run, so that the sanitizer sees any read past its end. */
static struct unwind_range make_image(const uint8_t *data, size_t size, bool instructions) {
    size_t head = instructions ? sizeof(struct template) : 0;
    uint8_t *image = malloc(head + size);

    if (!image)
        abort();
    if (instructions)
        fill((struct template *)image, size);
    memcpy(image + head, data, size);
    return (struct unwind_range){.lo = image, .hi = image + head + size};
}

static void look_up(struct unwind_range image, const uint8_t *hdr, uint64_t pc) {
    const uint8_t *found = NULL;

    switch (cfi_search(image, hdr, pc, &found)) {
    case CFI_SCAN:
        found = cfi_scan(image, found, hdr, pc);
        break;
    case CFI_FDE:
        break;
    case CFI_NONE:
        found = NULL;
    }
    if (found)
        decode(image, found, hdr, pc);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct unwind_range image;
    uint16_t word[4];
    uint64_t pc;
    size_t all;

    if (size <= sizeof word)
        return 0;
    memcpy(word, data, sizeof word);
    image = make_image(data + sizeof word, size - sizeof word, word[3] & 1);
    all = (size_t)(image.hi - image.lo);
    pc = (uint64_t)(uintptr_t)image.lo;
    if (word[3] & 1) {
        look_up(image, image.lo, pc + word[2] % PC_RANGE);
    } else {
        pc += (uint64_t)(int64_t)(int16_t)word[2];
        look_up(image, image.lo + word[0] % all, pc);
        decode(image, image.lo + word[1] % all, image.lo + word[0] % all, pc);
    }
    free((void *)(uintptr_t)image.lo);
    return 0;
}
