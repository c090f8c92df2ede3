/* Frames without CFI: JIT code, Go, hand-written assembly.
 *
 * Evidence is tried from the strongest down. What the code itself shows comes first (a signal
 * trampoline; a function that is just being entered or left), then a return address whose call
 * leads to where the frame is, then the frame pointer, then a return address of any call. Code is
 * looked at only inside of loaded objects, where it is known to be readable. Steps are not inlined
 * into each other: what each needs of the stack would add up. */
#include <string.h>

#include "preload/unwind/unwind_walk.h"

enum {
    FRAME_BYTES_MAX = 1 << 20,    /* further away than this rbp is no frame pointer */
    FUNCTION_BYTES_MAX = 1 << 14, /* a call leads to at most so much before the pc */
    SCAN_WORDS = 24,              /* how far up a return address is looked for */
    ANY_SCAN_WORDS = 8,           /* and one of which less is known */
    CALL_BYTES_MAX = 7,           /* of the longest call instruction */
};

/* The `size` bytes of object code or data at `at`, or NULL where no object has them. */
static const uint8_t *object_bytes(uint64_t at, uint64_t size) {
    const uint8_t *p = (const uint8_t *)(uintptr_t)at;
    struct unwind_object object;
    struct unwind_range segment;

    if (!object_find(at, &object) || !object_segment(&object, p, &segment) ||
        (uint64_t)(segment.hi - p) < size)
        return NULL;
    return p;
}

static bool in_object(uint64_t pc) {
    struct unwind_object object;

    return object_find(pc, &object);
}

/* True for the operand of an indirect call that begins at `modrm` and is `size` bytes long. */
static bool is_call_operand(const uint8_t *modrm, int size) {
    int mod = modrm[0] >> 6, rm = modrm[0] & 7, length = 1;

    if ((modrm[0] >> 3 & 7) != 2)
        return false;
    if (mod != 3 && rm == 4)
        length++;
    if (mod == 1)
        length++;
    if (mod == 2 || (mod == 0 && rm == 5) || (mod == 0 && rm == 4 && (modrm[1] & 7) == 5))
        length += 4;
    return length == size;
}

/* The bytes of the call in front of return address `ra`, CALL_BYTES_MAX of them, or NULL. */
static const uint8_t *call_before(uint64_t ra) {
    const uint8_t *p =
        ra > CALL_BYTES_MAX ? object_bytes(ra - CALL_BYTES_MAX, CALL_BYTES_MAX) : NULL;

    if (!p || p[2] == 0xe8)
        return p;
    for (int size = 1; size < CALL_BYTES_MAX; size++)
        if (p[CALL_BYTES_MAX - 1 - size] == 0xff &&
            is_call_operand(p + CALL_BYTES_MAX - size, size))
            return p;
    return NULL;
}

static int32_t displacement(const uint8_t *p) {
    int32_t value;

    memcpy(&value, p, sizeof value);
    return value;
}

/* The word of an object's data that an instruction ending at `next` names relative to itself. */
static uint64_t slot_value(uint64_t next, int32_t off) {
    const uint8_t *slot = object_bytes(next + (uint64_t)(int64_t)off, 8);
    uint64_t value = 0;

    if (slot)
        memcpy(&value, slot, sizeof value);
    return value;
}

/* Through a PLT stub: [endbr64] [bnd] jmp *slot(%rip). */
static uint64_t through_stub(uint64_t target) {
    static const uint8_t endbr64[4] = {0xf3, 0x0f, 0x1e, 0xfa};
    const uint8_t *p = object_bytes(target, 11);
    int at = 0;

    if (!p)
        return target;
    if (memcmp(p, endbr64, sizeof endbr64) == 0)
        at = 4;
    at += p[at] == 0xf2;
    if (p[at] != 0xff || p[at + 1] != 0x25)
        return target;
    return slot_value(target + (uint64_t)at + 6, displacement(p + at + 2));
}

/* True when the call that returns to `ra` leads to the function that `pc` is likely to be in. */
bool walk_is_call_of(uint64_t ra, uint64_t pc) {
    const uint8_t *p = call_before(ra);
    uint64_t target;

    if (!p)
        return false;
    if (p[2] == 0xe8)
        target = through_stub(ra + (uint64_t)(int64_t)displacement(p + 3));
    else if (p[1] == 0xff && p[2] == 0x15)
        target = slot_value(ra, displacement(p + 3));
    else
        return false;
    return pc >= target && pc - target < FUNCTION_BYTES_MAX;
}

/* mov $SYS_rt_sigreturn, %rax; syscall: what a signal handler returns to. */
__attribute__((noinline)) static bool is_trampoline(uint64_t pc) {
    static const uint8_t code[9] = {0x48, 0xc7, 0xc0, 0x0f, 0, 0, 0, 0x0f, 0x05};
    const uint8_t *p = object_bytes(pc, sizeof code);

    return p && memcmp(p, code, sizeof code) == 0;
}

/* How many words lie on top of the return address in a function that is just being entered or
 * left, by the instruction at `pc`; -1: it is neither. */
static int words_pushed(uint64_t pc) {
    static const uint8_t mov_rsp_rbp[2][3] = {{0x48, 0x89, 0xe5}, {0x48, 0x8b, 0xec}};
    const uint8_t *p = object_bytes(pc - 1, 4);

    if (!p)
        return -1;
    if (p[1] == 0x55 || p[1] == 0xc3) /* push %rbp; ret */
        return 0;
    if (p[0] == 0x55 &&
        (memcmp(p + 1, mov_rsp_rbp[0], 3) == 0 || memcmp(p + 1, mov_rsp_rbp[1], 3) == 0))
        return 1;
    return -1;
}

/* The frame that rbp points to. */
struct frame {
    uint64_t at, ra; /* 0 where rbp points to no frame on this stack */
    bool plausible;  /* and it looks like one */
};

static struct frame read_frame(struct walk *walk) {
    struct frame frame = {0};
    uint64_t at, next;

    if (!walk_read(walk, walk->rbp_at, &at) || at % 8 != 0 || at < walk->sp ||
        at - walk->sp > FRAME_BYTES_MAX || !walk_read(walk, at, &next) ||
        !walk_read(walk, at + 8, &frame.ra))
        return frame;
    frame.at = at;
    if (in_object(frame.ra))
        frame.plausible = call_before(frame.ra) != NULL;
    else /* JIT code calling: then its own frame pointer must be in order too */
        frame.plausible = frame.ra >= 4096 && next % 8 == 0 && next > frame.at &&
                          next - frame.at <= FRAME_BYTES_MAX;
    return frame;
}

static enum walk_step to_frame(struct walk *walk, const struct frame *frame) {
    return walk_to(walk, frame->ra, frame->at + 16, frame->at);
}

/* Looks for a return address among the words from number `first` up: one whose call leads to where
 * the frame is, or, failing that and if `any`, one of any call near the top. */
static bool scan(struct walk *walk, int first, bool any, uint64_t *ra, uint64_t *sp) {
    uint64_t word, any_ra = 0, any_sp = 0;

    for (int i = first; i < SCAN_WORDS; i++) {
        uint64_t at = walk->sp + (uint64_t)i * 8;

        if (!walk_read(walk, at, &word))
            break;
        *ra = word;
        *sp = at + 8;
        if (walk_is_call_of(word, walk->pc))
            return true;
        if (any && any_ra == 0 && i < ANY_SCAN_WORDS && call_before(word)) {
            any_ra = word;
            any_sp = at + 8;
        }
    }
    *ra = any_ra;
    *sp = any_sp;
    return any_ra != 0;
}

/* A frame that was interrupted: it need not have built its frame yet, or have one at all. */
__attribute__((noinline)) static enum walk_step guess_leaf(struct walk *walk) {
    struct frame frame = read_frame(walk);
    uint64_t top, ra, sp;
    int pushed = words_pushed(walk->pc);

    if (!walk_read(walk, walk->sp, &top))
        return WALK_LOST;
    if (walk_is_call_of(top, walk->pc))
        return walk_to(walk, top, walk->sp + 8, walk->rbp_at);
    if (pushed == 0 && call_before(top))
        return walk_to(walk, top, walk->sp + 8, walk->rbp_at);
    if (pushed == 1 && walk_read(walk, walk->sp + 8, &ra) && call_before(ra))
        return walk_to(walk, ra, walk->sp + 16, walk->sp);
    if (frame.plausible)
        return to_frame(walk, &frame);
    if (scan(walk, 1, false, &ra, &sp))
        return walk_to(walk, ra, sp, walk->rbp_at);
    if (call_before(top))
        return walk_to(walk, top, walk->sp + 8, walk->rbp_at);
    return WALK_LOST;
}

/* True where the chain of frame pointers ends: by the ABI, rbp is 0 in the outermost frame; stacks
 * that a runtime makes end likewise in a frame without a return address. */
static bool is_chain_end(struct walk *walk, const struct frame *frame) {
    uint64_t rbp;

    if (!walk_read(walk, walk->rbp_at, &rbp))
        return false;
    return rbp == 0 || (frame->at != 0 && frame->ra == 0);
}

/* A frame that has called: its frame pointer, if it keeps one, is in place. */
__attribute__((noinline)) static enum walk_step guess_caller(struct walk *walk) {
    struct frame frame = read_frame(walk);
    uint64_t ra, sp;

    if (frame.plausible)
        return to_frame(walk, &frame);
    /* only for code that is surely code: anything may have been taken for a return address */
    if (!in_object(walk->pc))
        return WALK_LOST;
    if (is_chain_end(walk, &frame))
        return WALK_OUTERMOST;
    /* such as _init, to which the start-up files give no CFI */
    return scan(walk, 0, true, &ra, &sp) ? walk_to(walk, ra, sp, walk->rbp_at) : WALK_LOST;
}

/* True when the frame's return address was made up, not pushed by a call, for the outermost frame
 * of a stack: makecontext has its functions return to where __start_context begins, and what is in
 * front of that is another function's. Function pointers that lie about on a stack look the same,
 * so the code has to: it begins with a switch to another stack, mov %rbx, %rsp. */
__attribute__((noinline)) static bool is_made_up(const struct walk *walk) {
    static const uint8_t mov_rbx_rsp[3] = {0x48, 0x89, 0xdc};
    uint64_t ra = walk->pc + 1;
    const uint8_t *p = object_bytes(ra, sizeof mov_rbx_rsp);

    if (!p || call_before(ra))
        return false;
    return rule_kind(walk_rule(walk, ra)) == RULE_OUTERMOST ||
           memcmp(p, mov_rbx_rsp, sizeof mov_rbx_rsp) == 0;
}

enum walk_step walk_guess(struct walk *walk) {
    if (is_trampoline(walk->interrupted ? walk->pc : walk->pc + 1))
        return walk_signal(walk);
    if (walk->interrupted)
        return guess_leaf(walk);
    if (is_made_up(walk)) {
        walk->pc++;
        return WALK_OUTERMOST;
    }
    return guess_caller(walk);
}
