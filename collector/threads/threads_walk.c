/* libunwind's unwinder for other processes, over memory and registers of ours.
 *
 * Its own two sources of those are not used. libunwind-ptrace asks the kernel for one word at a
 * time, while the whole process has to stand still; here what changes is copied while it does, and
 * walked afterwards. libunwind-coredump 1.6 takes it that every file's code lies at its offset 0,
 * which since ld's separate-code is true of none. What both add, finding the unwind table of an
 * address, is a look at the program headers (image_elf.c); the search in the table and everything
 * behind it is libunwind's. */
#include "collector/threads/threads_walk.h"

#include <errno.h>
#include <libunwind.h>
#include <stdlib.h>
#include <string.h>

#include "arena/arena.h"
#include "collector/threads/frame_index.h"
#include "collector/threads/image_elf.h"

/* Exported by libunwind and used by perf in the same way, but in no header. */
#define search_unwind_table UNW_OBJ(dwarf_search_unwind_table)
extern int search_unwind_table(unw_addr_space_t as, unw_word_t ip, unw_dyn_info_t *di,
                               unw_proc_info_t *pi, int need_unwind_info, void *arg);

enum { DEPTH_MAX = 512, TABLES = 64 };
#define MADE_TABLES UINT64_C(0xffff800000000000)

/* Where the unwind table of a file is; kept, since frames come back to few files. */
struct table {
    uint64_t start, end; /* addresses that it is for; equal: the slot is free */
    bool found;
    unw_dyn_info_t info;
    struct frame_index made; /* empty when the file has a table */
};

struct walker {
    struct image *im;
    unw_addr_space_t space;
    struct table tables[TABLES];
    unsigned next_table;
    const struct user_regs_struct *regs; /* of the thread being walked */
    const struct stack_copy *copy;
};

/* ---- unwind tables */

/* The table of a file, if it is the kind that every linker writes: a binary search over pairs of
 * 32-bit offsets. */
static bool read_table(struct image *im, const struct image_elf *elf, unw_dyn_info_t *info) {
    static const uint8_t expected[4] = {1, 0x1b, 0x03, 0x3b};
    struct {
        uint8_t head[4];
        int32_t frames;
        uint32_t n;
    } header;
    if (!elf->frame_table || !image_read(im, elf->frame_table, &header, sizeof header) ||
        memcmp(header.head, expected, sizeof expected) != 0)
        return false;
    info->u.rti.segbase = elf->frame_table;
    info->u.rti.table_data = elf->frame_table + sizeof header;
    info->u.rti.table_len = header.n; /* in words of 8 bytes, as are the pairs */
    return true;
}

/* Makes one for a file that has none. It lies where no process has memory, and access_mem looks
 * for it there. */
static bool make_table(struct table *t, const struct image_mapping *m, const struct image_elf *elf,
                       unsigned slot) {
    if (m->fd < 0 || frame_index_read(&t->made, m->fd, elf->bias, elf->start) != 0)
        return false;
    t->info.u.rti.segbase = elf->start;
    t->info.u.rti.table_data = MADE_TABLES + ((uint64_t)slot << 32);
    t->info.u.rti.table_len = t->made.n;
    return t->made.n > 0;
}

static struct table *table_of(struct walker *w, uint64_t ip) {
    for (unsigned i = 0; i < TABLES; i++)
        if (ip >= w->tables[i].start && ip < w->tables[i].end)
            return &w->tables[i];
    const struct image_mapping *m = image_find(w->im, ip);
    struct image_elf elf;
    if (!m)
        return NULL;
    unsigned slot = w->next_table++ % TABLES;
    struct table *t = &w->tables[slot];
    frame_index_release(&t->made);
    *t = (struct table){.start = m->start, .end = m->end};
    if (!image_elf_read(w->im, m, &elf))
        return t;
    t->info = (unw_dyn_info_t){
        .start_ip = elf.start, .end_ip = elf.end, .format = UNW_INFO_FORMAT_REMOTE_TABLE};
    t->found = read_table(w->im, &elf, &t->info) || make_table(t, m, &elf, slot);
    return t;
}

static int find_proc_info(unw_addr_space_t as, unw_word_t ip, unw_proc_info_t *pi, int need,
                          void *arg) {
    struct table *t = table_of(arg, ip);
    if (!t || !t->found)
        return -UNW_ENOINFO;
    return search_unwind_table(as, ip, &t->info, pi, need, arg);
}

static void put_unwind_info(unw_addr_space_t as, unw_proc_info_t *pi, void *arg) {
}

static int no_dyn_info(unw_addr_space_t as, unw_word_t *address, void *arg) {
    return -UNW_ENOINFO;
}

/* ---- memory and registers */

static bool read_made(const struct walker *w, uint64_t address, unw_word_t *value) {
    uint64_t slot = (address - MADE_TABLES) >> 32, at = (uint32_t)address;
    const struct frame_index *x = slot < TABLES ? &w->tables[slot].made : NULL;
    if (!x || x->n * sizeof *x->entries < sizeof *value ||
        at > x->n * sizeof *x->entries - sizeof *value)
        return false;
    memcpy(value, (const char *)x->entries + at, sizeof *value);
    return true;
}

static int access_mem(unw_addr_space_t as, unw_word_t address, unw_word_t *value, int write,
                      void *arg) {
    struct walker *w = arg;
    const struct stack_copy *c = w->copy;
    if (write)
        return -UNW_EINVAL;
    if (address >= MADE_TABLES)
        return read_made(w, address, value) ? 0 : -UNW_EINVAL;
    if (c && address >= c->address && c->n >= sizeof *value &&
        address - c->address <= c->n - sizeof *value)
        memcpy(value, c->bytes + (address - c->address), sizeof *value);
    else if (!image_read(w->im, address, value, sizeof *value))
        return -UNW_EINVAL;
    return 0;
}

static int access_reg(unw_addr_space_t as, unw_regnum_t reg, unw_word_t *value, int write,
                      void *arg) {
    static const uint16_t at[] = {
#define REG(name, field) [UNW_X86_64_##name] = offsetof(struct user_regs_struct, field)
        REG(RAX, rax), REG(RDX, rdx), REG(RCX, rcx), REG(RBX, rbx), REG(RSI, rsi), REG(RDI, rdi),
        REG(RBP, rbp), REG(RSP, rsp), REG(R8, r8),   REG(R9, r9),   REG(R10, r10), REG(R11, r11),
        REG(R12, r12), REG(R13, r13), REG(R14, r14), REG(R15, r15), REG(RIP, rip),
#undef REG
    };
    const struct walker *w = arg;
    if (write || reg < 0 || (size_t)reg >= sizeof at / sizeof at[0])
        return -UNW_EBADREG;
    memcpy(value, (const char *)w->regs + at[reg], sizeof *value);
    return 0;
}

static int no_fpreg(unw_addr_space_t as, unw_regnum_t reg, unw_fpreg_t *value, int write,
                    void *arg) {
    return -UNW_EBADREG;
}

static int no_resume(unw_addr_space_t as, unw_cursor_t *cursor, void *arg) {
    return -UNW_EINVAL;
}

static int no_name(unw_addr_space_t as, unw_word_t ip, char *name, size_t n, unw_word_t *offset,
                   void *arg) {
    return -UNW_ENOINFO;
}

struct walker *walker_new(struct image *im) {
    static unw_accessors_t accessors = {
        .find_proc_info = find_proc_info,
        .put_unwind_info = put_unwind_info,
        .get_dyn_info_list_addr = no_dyn_info,
        .access_mem = access_mem,
        .access_reg = access_reg,
        .access_fpreg = no_fpreg,
        .resume = no_resume,
        .get_proc_name = no_name,
    };
    struct walker *w = calloc(1, sizeof *w);
    if (!w)
        return NULL;
    w->im = im;
    w->space = unw_create_addr_space(&accessors, 0);
    if (!w->space) {
        free(w);
        return NULL;
    }
    unw_set_caching_policy(w->space, UNW_CACHE_GLOBAL);
    return w;
}

void walker_free(struct walker *w) {
    if (!w)
        return;
    for (unsigned i = 0; i < TABLES; i++)
        frame_index_release(&w->tables[i].made);
    unw_destroy_addr_space(w->space);
    free(w);
}

/* ---- walks */

static int push(struct threads_report *r, struct report_stack *stack, uint64_t pc, bool exact) {
    uint64_t address = exact ? pc : pc - 1;
    return report_push_frame(r, stack, address, exact, report_find_mapping(r, address));
}

/* Whether a signal handler returns to `ip`: mov $SYS_rt_sigreturn, %rax (or %eax); syscall. What
 * libunwind says (unw_is_signal_frame) is of the frame that it has stepped to from there. */
static bool is_trampoline(struct walker *w, uint64_t ip) {
    static const uint8_t rax[] = {0x48, 0xc7, 0xc0, 15, 0, 0, 0, 0x0f, 0x05};
    static const uint8_t eax[] = {0xb8, 15, 0, 0, 0, 0x0f, 0x05};
    uint8_t code[sizeof rax];
    return image_read(w->im, ip, code, sizeof code) &&
           (memcmp(code, rax, sizeof rax) == 0 || memcmp(code, eax, sizeof eax) == 0);
}

static int walk(struct walker *w, struct threads_report *r, struct report_stack *stack) {
    unw_cursor_t c;
    unw_word_t ip;
    bool exact = true; /* the next frame stands where it is; others go on where they return to */
    int step = unw_init_remote(&c, w->space, w) == 0 ? 1 : -1, err = 0;
    while (step > 0 && !err && stack->n < DEPTH_MAX && unw_get_reg(&c, UNW_REG_IP, &ip) == 0 &&
           (ip || stack->n == 0)) {
        /* A trampoline was not called either: the handler returns to its first instruction. */
        bool trampoline = is_trampoline(w, ip);
        err = push(r, stack, ip, exact || trampoline);
        exact = trampoline;
        step = unw_step(&c);
    }
    if (!err && step < 0)
        err = report_push_pseudo(r, stack, ARENA_PC_LOST);
    else if (!err && step > 0 && stack->n >= DEPTH_MAX)
        err = report_push_pseudo(r, stack, ARENA_PC_TRUNCATED);
    return err;
}

int walker_walk(struct walker *w, const struct user_regs_struct *regs,
                const struct stack_copy *copy, struct threads_report *r,
                struct report_stack *stack) {
    w->regs = regs;
    w->copy = copy;
    return walk(w, r, stack);
}
