/* Finding and reading the CIE and FDE of a pc.
 *
 * .eh_frame_hdr has a table of (function, FDE), sorted, which every linker in use writes with
 * signed 32-bit entries relative to the header itself; another encoding means going through
 * .eh_frame from its beginning. */
#include "preload/unwind/unwind_cfi.h"

#include "preload/unwind/unwind_program.h"

enum {
    DW_EH_PE_ABSPTR = 0x00,
    DW_EH_PE_ULEB128 = 0x01,
    DW_EH_PE_UDATA2 = 0x02,
    DW_EH_PE_UDATA4 = 0x03,
    DW_EH_PE_UDATA8 = 0x04,
    DW_EH_PE_SLEB128 = 0x09,
    DW_EH_PE_SDATA2 = 0x0a,
    DW_EH_PE_SDATA4 = 0x0b,
    DW_EH_PE_SDATA8 = 0x0c,
    DW_EH_PE_FORMAT = 0x0f,
    DW_EH_PE_PCREL = 0x10,
    DW_EH_PE_DATAREL = 0x30,
    DW_EH_PE_BASE = 0x70,
    DW_EH_PE_INDIRECT = 0x80,
    DW_EH_PE_OMIT = 0xff,
};

/* A slow scan happens in a signal handler: it must end. */
enum { SCAN_ENTRIES_MAX = 1 << 16 };

static uint64_t address(const uint8_t *p) {
    return (uint64_t)(uintptr_t)p;
}

static const uint8_t *pointer(uint64_t address) {
    return (const uint8_t *)(uintptr_t)address;
}

static bool contains(struct unwind_range range, const uint8_t *p) {
    return p >= range.lo && p < range.hi;
}

static uint64_t take_formatted(struct bytes *b, uint8_t encoding) {
    switch (encoding & DW_EH_PE_FORMAT) {
    case DW_EH_PE_ABSPTR:
    case DW_EH_PE_UDATA8:
    case DW_EH_PE_SDATA8:
        return bytes_u64(b);
    case DW_EH_PE_ULEB128:
        return bytes_uleb(b);
    case DW_EH_PE_SLEB128:
        return (uint64_t)bytes_sleb(b);
    case DW_EH_PE_UDATA2:
        return bytes_u16(b);
    case DW_EH_PE_SDATA2:
        return (uint64_t)(int16_t)bytes_u16(b);
    case DW_EH_PE_UDATA4:
        return bytes_u32(b);
    case DW_EH_PE_SDATA4:
        return (uint64_t)(int32_t)bytes_u32(b);
    }
    bytes_spoil(b);
    return 0;
}

/* An encoded pointer; `hdr` is what data-relative ones are relative to. */
static uint64_t take_pointer(struct bytes *b, uint8_t encoding, const uint8_t *hdr) {
    uint64_t at = address(b->at), value = take_formatted(b, encoding);

    if (encoding & DW_EH_PE_INDIRECT)
        bytes_spoil(b);
    switch (encoding & DW_EH_PE_BASE) {
    case DW_EH_PE_ABSPTR:
        return value;
    case DW_EH_PE_PCREL:
        return value + at;
    case DW_EH_PE_DATAREL:
        return value + address(hdr);
    }
    bytes_spoil(b);
    return 0;
}

struct table_entry {
    int32_t function, fde; /* relative to the header */
};

static struct table_entry table_at(const uint8_t *table, uint64_t i) {
    struct table_entry entry;

    memcpy(&entry, table + i * sizeof entry, sizeof entry);
    return entry;
}

/* The last entry whose function is at or below `pc`. */
static enum cfi_search search_table(const uint8_t *table, uint64_t count, const uint8_t *hdr,
                                    uint64_t pc, const uint8_t **found) {
    int64_t rel = (int64_t)(pc - address(hdr));
    uint64_t lo = 0, hi = count;

    if (count == 0 || table_at(table, 0).function > rel)
        return CFI_NONE;
    while (hi - lo > 1) {
        uint64_t mid = lo + (hi - lo) / 2;

        if (table_at(table, mid).function <= rel)
            lo = mid;
        else
            hi = mid;
    }
    *found = pointer(address(hdr) + (uint64_t)table_at(table, lo).fde);
    return CFI_FDE;
}

enum cfi_search cfi_search(struct unwind_range range, const uint8_t *hdr, uint64_t pc,
                           const uint8_t **found) {
    struct bytes b = {.at = hdr, .end = range.hi};
    uint8_t version, frame_enc, count_enc, table_enc;
    uint64_t eh_frame, count;

    if (!contains(range, hdr))
        return CFI_NONE;
    version = bytes_u8(&b);
    frame_enc = bytes_u8(&b);
    count_enc = bytes_u8(&b);
    table_enc = bytes_u8(&b);
    if (version != 1 || frame_enc == DW_EH_PE_OMIT)
        return CFI_NONE;
    eh_frame = take_pointer(&b, frame_enc, hdr);
    if (bytes_bad(&b))
        return CFI_NONE;
    *found = pointer(eh_frame);
    if (count_enc == DW_EH_PE_OMIT || table_enc != (DW_EH_PE_DATAREL | DW_EH_PE_SDATA4))
        return CFI_SCAN;
    count = take_pointer(&b, count_enc, hdr);
    if (bytes_bad(&b) || count > bytes_left(&b) / sizeof(struct table_entry))
        return CFI_NONE;
    return search_table(b.at, count, hdr, pc, found);
}

/* The head of a CIE or FDE. */
struct entry {
    struct bytes body;  /* after the id, to the end of the entry: where the next one begins */
    const uint8_t *cie; /* an FDE's; NULL: this is a CIE */
};

/* False at the terminator and at anything malformed. */
static bool take_entry(struct unwind_range range, const uint8_t *at, struct entry *entry) {
    struct bytes b = {.at = at, .end = range.hi};
    const uint8_t *id_at;
    uint64_t size, id;

    if (!contains(range, at))
        return false;
    size = bytes_u32(&b);
    if (size == UINT32_MAX)
        size = bytes_u64(&b);
    if (bytes_bad(&b) || size < 4 || size > bytes_left(&b))
        return false;
    b.end = b.at + size;
    id_at = b.at;
    id = bytes_u32(&b);
    entry->body = b;
    entry->cie = id == 0 ? NULL : pointer(address(id_at) - id);
    return true;
}

/* Reads the augmentation data of a CIE by the letters of `augmentation`, without its 'z'. */
static bool take_augmentation(struct bytes *b, struct bytes augmentation, struct cfi_cie *cie) {
    while (augmentation.at < augmentation.end) {
        switch (bytes_u8(&augmentation)) {
        case 'R':
            cie->pointer_encoding = bytes_u8(b);
            break;
        case 'L':
            bytes_u8(b);
            break;
        case 'P': {
            /* only its size matters here, so where it points to does not */
            uint8_t encoding = bytes_u8(b);
            take_formatted(b, encoding);
            break;
        }
        case 'S':
            cie->signal = true;
            break;
        default:
            return false;
        }
    }
    return !bytes_bad(b);
}

static bool take_cie(struct unwind_range range, const uint8_t *at, struct cfi_cie *cie) {
    struct entry entry;
    struct bytes b, data, augmentation;
    uint8_t version;
    uint64_t ra;

    *cie = (struct cfi_cie){.pointer_encoding = DW_EH_PE_ABSPTR};
    if (!take_entry(range, at, &entry) || entry.cie)
        return false;
    b = entry.body;
    version = bytes_u8(&b);
    augmentation = b;
    while (bytes_u8(&b) != 0)
        ;
    if (bytes_bad(&b) || (version != 1 && version != 3))
        return false;
    augmentation.end = b.at - 1;
    cie->code_align = (uint32_t)bytes_uleb(&b);
    cie->data_align = (int32_t)bytes_sleb(&b);
    ra = version == 1 ? bytes_u8(&b) : bytes_uleb(&b);
    if (bytes_bad(&b) || ra != REG_DW_RIP)
        return false;
    if (augmentation.at < augmentation.end) {
        uint64_t size;

        if (bytes_u8(&augmentation) != 'z')
            return false;
        size = bytes_uleb(&b);
        data = b;
        if (!bytes_skip(&b, size))
            return false;
        data.end = b.at;
        cie->augmented = true;
        if (!take_augmentation(&data, augmentation, cie))
            return false;
    }
    cie->instructions = b;
    return true;
}

/* The body of an FDE whose CIE is known. */
static bool take_fde(struct bytes b, const uint8_t *hdr, const struct cfi_cie *cie,
                     struct cfi_fde *fde) {
    fde->pc_begin = take_pointer(&b, cie->pointer_encoding, hdr);
    fde->pc_end = fde->pc_begin + take_formatted(&b, cie->pointer_encoding);
    if (cie->augmented)
        bytes_skip(&b, bytes_uleb(&b));
    fde->instructions = b;
    return !bytes_bad(&b);
}

static bool covers(const struct cfi_fde *fde, uint64_t pc) {
    return pc >= fde->pc_begin && pc < fde->pc_end;
}

const uint8_t *cfi_scan(struct unwind_range range, const uint8_t *eh_frame, const uint8_t *hdr,
                        uint64_t pc) {
    const uint8_t *at = eh_frame, *cie_at = NULL;
    struct entry entry;
    struct cfi_cie cie;
    struct cfi_fde fde;

    for (int i = 0; i < SCAN_ENTRIES_MAX && take_entry(range, at, &entry); i++) {
        if (entry.cie && entry.cie != cie_at && take_cie(range, entry.cie, &cie))
            cie_at = entry.cie;
        if (entry.cie && entry.cie == cie_at && take_fde(entry.body, hdr, &cie, &fde) &&
            covers(&fde, pc))
            return at;
        at = entry.body.end;
    }
    return NULL;
}

/* The CIE and FDE of the entry at `at`, if it covers `pc`. */
__attribute__((noinline)) static bool take_pair(struct unwind_range range, const uint8_t *at,
                                                const uint8_t *hdr, uint64_t pc,
                                                struct cfi_cie *cie, struct cfi_fde *fde) {
    struct entry entry;

    return take_entry(range, at, &entry) && entry.cie && take_cie(range, entry.cie, cie) &&
           take_fde(entry.body, hdr, cie, fde) && covers(fde, pc);
}

bool cfi_decode(struct unwind_range range, const uint8_t *at, const uint8_t *hdr, uint64_t pc,
                struct unwind_row *row) {
    struct cfi_cie cie;
    struct cfi_fde fde;

    /* offsets of expressions are kept in 31 bits */
    return range.hi - range.lo <= INT32_MAX && take_pair(range, at, hdr, pc, &cie, &fde) &&
           program_run(range, &cie, &fde, pc, row);
}
