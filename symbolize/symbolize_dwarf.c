/* Asks everything that DWARF says against a sorted list of addresses.
 *
 * libdw offers look-ups by address (dwfl_module_addrdie, dwarf_getscopes, dwarf_getscopes_die).
 * They need .debug_aranges, which clang and rustc do not write, and each walks its compilation unit
 * from the front. Here the addresses are known beforehand, so each thing is read once:
 *
 *   1. every unit's ranges claim the addresses inside of them (the narrowest claim wins: a unit
 *      with wrong, too wide ranges does not take the others' addresses);
 *   2. in each unit that claimed some, one walk over its tree notes, for each address, the
 *      innermost function or inlined call around it (a later, deeper one overrides);
 *   3. the line table gives file and line of the innermost frame, each inlined call those of the
 *      frame around it.
 *
 * Memory grows with what was hit, not with the file; libdw's own caches grow with the units that
 * were. The tree may be hostile: the walk counts down a budget (no unit has more entries than
 * bytes), so that siblings that lead in circles end, and is limited in depth. What is left, libdw's
 * own weaknesses, is for the process around it (symbolize_worker.c).
 *
 * Names: the linkage name, which tells overloads apart, and its demangled form. gcc gives functions
 * without external linkage none: an out-of-line one then has its symbol's, an inlined one its name
 * qualified by namespaces and classes. */
#include "symbolize/symbolize_dwarf.h"

#include <dwarf.h>
#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "symbolize/symbolize_die.h"

enum {
    MAX_DEPTH = 1000,
    MAX_NAME_BYTES = 32 * 1024,
    MAX_SCOPES = 32, /* namespaces and classes shown around a name */
};

/* A function or inlined call around at least one address. */
struct node {
    Dwarf_Die die;
    int32_t parent; /* the node around it, or -1 */
    bool described, inlined;
    /* Valid when described: text offsets (0: unknown) and numbers. */
    uint32_t name, system_name, decl_file, decl_line, call_file, call_line;
};

/* A namespace or class, and where each subprogram of the unit stands. */
struct scope {
    Dwarf_Die die;
    int32_t parent; /* or -1 */
};

struct placed {
    const void *die_addr; /* Dwarf_Die.addr of a subprogram */
    int32_t scope;
};

struct unit {
    const struct symbolize_file *file;
    struct answer *answer;
    struct symbolize_lookup *lookups; /* those of this unit, sorted by address */
    size_t n;
    Dwarf_Die die;      /* has the line table */
    Dwarf_Die tree;     /* has the functions: the same, or the one in the .dwo file */
    Dwarf_Files *files; /* of tree; NULL when there are none */
    struct node *nodes;
    struct scope *scopes;
    struct placed *placed;
    size_t n_nodes, n_scopes, n_placed;
    size_t nodes_cap, scopes_cap, placed_cap;
    uint64_t budget; /* entries still to be read */
    int error;
};

/* The next free element of an array that doubles; NULL when out of memory. */
static void *append(struct unit *u, void *array, size_t *n, size_t *cap, size_t element_bytes) {
    void **slot = array;

    if (*n == *cap) {
        size_t grown_cap = *cap ? *cap * 2 : 64;
        void *grown = *n < INT32_MAX / 2 ? realloc(*slot, grown_cap * element_bytes) : NULL;

        if (!grown) {
            u->error = -ENOMEM;
            return NULL;
        }
        *slot = grown;
        *cap = grown_cap;
    }
    return (char *)*slot + (*n)++ * element_bytes;
}

static size_t first_not_below(const struct symbolize_lookup *lookups, size_t n, uint64_t address) {
    size_t lo = 0, hi = n;

    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;

        if (lookups[mid].address < address)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo;
}

/* ---- 1. units */

struct unit_ref {
    uint64_t die_offset, bytes;
};

/* Gives the addresses in [lo, hi), as DWARF counts them, to `ref` where its claim is narrowest. */
static void claim(const struct symbolize_file *file, struct symbolize_lookup *lookups, size_t n,
                  uint64_t lo, uint64_t hi, struct unit_ref ref) {
    lo += file->bias;
    hi += file->bias;
    if (hi <= lo || !elf_layout_code(file->layout, lo))
        return;
    for (size_t i = first_not_below(lookups, n, lo); i < n && lookups[i].address < hi; i++)
        if (hi - lo < lookups[i].claim_bytes) {
            lookups[i].claim_bytes = hi - lo;
            lookups[i].unit = ref.die_offset;
            lookups[i].unit_bytes = ref.bytes;
        }
}

static void claim_units(const struct symbolize_file *file, struct symbolize_lookup *lookups,
                        size_t n) {
    Dwarf_Off offset = 0, next;
    size_t header_bytes;

    for (; dwarf_nextcu(file->dwarf, offset, &next, &header_bytes, NULL, NULL, NULL) == 0;
         offset = next) {
        struct unit_ref ref = {offset + header_bytes, next - offset};
        Dwarf_Addr base, lo, hi;
        ptrdiff_t at = 0;
        Dwarf_Die die;

        if (next <= offset)
            break;
        if (!dwarf_offdie(file->dwarf, ref.die_offset, &die))
            continue;
        while ((at = dwarf_ranges(&die, at, &base, &lo, &hi)) > 0)
            claim(file, lookups, n, lo, hi, ref);
    }
}

/* ---- 2. functions and inlined calls */

/* Notes `die` as the innermost so far around each address in its ranges. Returns its node, or -1
 * when there is no such address. */
static int32_t mark(struct unit *u, Dwarf_Die *die, int32_t parent) {
    Dwarf_Addr base, lo, hi;
    ptrdiff_t at = 0;
    int32_t id = -1;

    while ((at = dwarf_ranges(die, at, &base, &lo, &hi)) > 0) {
        lo += u->file->bias;
        hi += u->file->bias;
        if (lo >= hi || hi <= u->lookups[0].address || lo > u->lookups[u->n - 1].address ||
            !elf_layout_code(u->file->layout, lo))
            continue;
        for (size_t i = first_not_below(u->lookups, u->n, lo);
             i < u->n && u->lookups[i].address < hi; i++) {
            if (id < 0) {
                struct node *node = append(u, &u->nodes, &u->n_nodes, &u->nodes_cap, sizeof(*node));

                if (!node)
                    return -1;
                *node = (struct node){.die = *die, .parent = parent};
                id = (int32_t)(u->n_nodes - 1);
            }
            u->lookups[i].node = id;
            if (parent < 0)
                u->lookups[i].start = lo;
        }
    }
    return id;
}

static int32_t enter_scope(struct unit *u, Dwarf_Die *die, int32_t parent) {
    struct scope *scope = append(u, &u->scopes, &u->n_scopes, &u->scopes_cap, sizeof(*scope));

    if (!scope)
        return -1;
    *scope = (struct scope){*die, parent};
    return (int32_t)(u->n_scopes - 1);
}

static void place(struct unit *u, Dwarf_Die *die, int32_t scope) {
    struct placed *placed;

    if (scope < 0)
        return;
    placed = append(u, &u->placed, &u->n_placed, &u->placed_cap, sizeof(*placed));
    if (placed)
        *placed = (struct placed){die->addr, scope};
}

/* Walks the entries below `parent`: `node` is the function around them, `scope` the namespace. */
static void walk(struct unit *u, Dwarf_Die *parent, int32_t node, int32_t scope, int depth) {
    Dwarf_Die die;
    int32_t id;

    if (depth >= MAX_DEPTH || dwarf_child(parent, &die) != 0)
        return;
    do {
        if (u->error || u->budget == 0)
            return;
        u->budget--;
        switch (dwarf_tag(&die)) {
        case DW_TAG_subprogram:
            place(u, &die, scope);
            /* A function in a function is one of its own, wherever it lies. */
            walk(u, &die, mark(u, &die, -1), scope, depth + 1);
            break;
        case DW_TAG_inlined_subroutine:
            id = mark(u, &die, node);
            if (id >= 0)
                walk(u, &die, id, scope, depth + 1);
            break;
        case DW_TAG_lexical_block:
        case DW_TAG_try_block:
        case DW_TAG_catch_block:
        case DW_TAG_with_stmt:
            walk(u, &die, node, scope, depth + 1);
            break;
        case DW_TAG_namespace:
        case DW_TAG_module:
        case DW_TAG_class_type:
        case DW_TAG_structure_type:
        case DW_TAG_union_type:
            walk(u, &die, node, enter_scope(u, &die, scope), depth + 1);
            break;
        default:
            break;
        }
    } while (dwarf_siblingof(&die, &die) == 0);
}

/* ---- 3. names, files, lines */

static int compare_placed(const void *a, const void *b) {
    const struct placed *x = a, *y = b;

    return x->die_addr < y->die_addr ? -1 : x->die_addr > y->die_addr;
}

/* Where the declaration that `die` leads back to stands in this unit, or -1. */
static int32_t scope_of(const struct unit *u, Dwarf_Die *die) {
    Dwarf_Die origin = die_origin(die);
    struct placed key = {.die_addr = origin.addr};
    struct placed *found;

    found = u->n_placed ? bsearch(&key, u->placed, u->n_placed, sizeof(*u->placed), compare_placed)
                        : NULL;
    return found ? found->scope : -1;
}

/* Puts the names of the scopes around `die` before its own. */
static uint32_t qualified_name(struct unit *u, Dwarf_Die *die, const char *own) {
    char text[MAX_NAME_BYTES];
    Dwarf_Die *chain[MAX_SCOPES];
    size_t n = 0, used = 0;

    for (int32_t s = scope_of(u, die); s >= 0 && n < MAX_SCOPES; s = u->scopes[s].parent)
        chain[n++] = &u->scopes[s].die;
    while (n-- > 0 && used < sizeof(text)) {
        const char *name = dwarf_diename(chain[n]);

        if (!name || name[0] == 0)
            name = dwarf_tag(chain[n]) == DW_TAG_namespace ? "(anonymous namespace)"
                                                           : "(anonymous class)";
        used += (size_t)snprintf(text + used, sizeof(text) - used, "%s::", name);
    }
    if (used == 0 || used >= sizeof(text))
        return answer_string(u->answer, own);
    snprintf(text + used, sizeof(text) - used, "%s", own);
    return answer_string(u->answer, text);
}

/* The symbol of an out-of-line function that DWARF gives no linkage name, in `symbol`. */
static bool entry_symbol(struct unit *u, struct node *node, bool has_name, char *symbol,
                         size_t symbol_bytes) {
    Dwarf_Addr pc;

    if (node->inlined || dwarf_entrypc(&node->die, &pc) != 0)
        return false;
    pc += u->file->bias;
    return has_name ? symtab_mangled_at(u->file->symtab, pc, symbol, symbol_bytes)
                    : symtab_lookup(u->file->symtab, pc, symbol, symbol_bytes, NULL);
}

static void describe_name(struct unit *u, struct node *node) {
    const char *own = dwarf_diename(&node->die);
    const char *linkage = die_linkage_name(&node->die);
    char symbol[MAX_NAME_BYTES];

    if (!linkage && entry_symbol(u, node, own != NULL, symbol, sizeof(symbol)))
        linkage = symbol;
    if (linkage)
        symbolize_names(u->answer, linkage, &node->name, &node->system_name);
    if (own && (!linkage || node->name == node->system_name)) {
        /* C: `open` of source that is linked as `open64` stays `open`. */
        node->name = qualified_name(u, &node->die, own);
        /* pprof takes a system name that equals the name for mangled, and would cut what is in
         * parentheses, as in `(anonymous class)::operator()`. */
        if (!linkage && !strpbrk(u->answer->text + node->name, "(<"))
            node->system_name = node->name;
    }
}

static void describe(struct unit *u, struct node *node) {
    int line = 0;

    if (node->described)
        return;
    node->described = true;
    node->inlined = dwarf_tag(&node->die) == DW_TAG_inlined_subroutine;
    describe_name(u, node);
    node->decl_file = die_decl_file(&node->die, u->answer);
    if (dwarf_decl_line(&node->die, &line) == 0 && line > 0)
        node->decl_line = (uint32_t)line;
    if (node->inlined) {
        if (u->files && dwarf_hasattr(&node->die, DW_AT_call_file))
            node->call_file = die_file_name(
                u->answer, u->files,
                dwarf_filesrc(u->files, die_number(&node->die, DW_AT_call_file), NULL, NULL));
        node->call_line = die_number(&node->die, DW_AT_call_line);
    }
}

/* A function whose line lies in another file than its declaration (a body that includes a file)
 * is shown under the file of the line, as the line is what a reader wants to see; its start line
 * would then be one of the wrong file. */
static void add_frame(struct unit *u, const struct node *node, uint32_t file, uint32_t line) {
    struct answer_function function = {
        .name = node->name,
        .system_name = node->system_name,
        .file = file ? file : node->decl_file,
        .start_line = !file || file == node->decl_file ? node->decl_line : 0,
    };

    answer_frame(u->answer, answer_function(u->answer, function), line);
}

static void add_frames(struct unit *u, struct symbolize_lookup *lookup) {
    struct answer_span *span = &u->answer->spans[lookup->slot];
    uint32_t file = lookup->file, line = lookup->line;

    span->first = u->answer->n_frames;
    for (int32_t id = lookup->node; id >= 0; id = u->nodes[id].parent) {
        struct node *node = &u->nodes[id];

        describe(u, node);
        if (node->name)
            add_frame(u, node, file, line);
        if (node->inlined) {
            file = node->call_file;
            line = node->call_line;
        }
    }
    span->n = u->answer->n_frames - span->first;
    if (span->n > 0)
        span->offset = (uint32_t)(lookup->address - lookup->start);
}

static void find_line(struct unit *u, struct symbolize_lookup *lookup) {
    Dwarf_Line *line = dwarf_getsrc_die(&u->die, lookup->address - u->file->bias);
    int number_of_line = 0;

    if (!line)
        return;
    lookup->file = die_file_name(u->answer, u->files, dwarf_linesrc(line, NULL, NULL));
    if (dwarf_lineno(line, &number_of_line) == 0 && number_of_line > 0)
        lookup->line = (uint32_t)number_of_line;
}

/* ---- a unit */

/* Finds the unit's entries; false when it has none. */
static bool open_unit(struct unit *u) {
    const struct symbolize_lookup *first = &u->lookups[0];
    uint8_t type = DW_UT_compile;
    Dwarf_Die split = {0};
    size_t n_files;

    if (!dwarf_offdie(u->file->dwarf, first->unit, &u->die))
        return false;
    u->tree = u->die;
    u->budget = first->unit_bytes;
    if (dwarf_cu_info(u->die.cu, NULL, &type, NULL, &split, NULL, NULL, NULL) == 0 &&
        type == DW_UT_skeleton && dwarf_tag(&split) == DW_TAG_compile_unit) {
        u->tree = split;
        u->budget = 1 << 26; /* the .dwo's size is not known here */
    }
    if (dwarf_getsrcfiles(&u->tree, &u->files, &n_files) != 0)
        u->files = NULL;
    return true;
}

static int symbolize_unit(const struct symbolize_file *file, struct symbolize_lookup *lookups,
                          size_t n, struct answer *answer) {
    struct unit u = {.file = file, .answer = answer, .lookups = lookups, .n = n};

    if (!open_unit(&u))
        return 0;
    walk(&u, &u.tree, -1, -1, 0);
    for (size_t i = 0; i < n && !u.error; i++) {
        find_line(&u, &lookups[i]);
        add_frames(&u, &lookups[i]);
    }
    free(u.nodes);
    free(u.scopes);
    free(u.placed);
    return u.error;
}

static int compare_address(const void *a, const void *b) {
    const struct symbolize_lookup *x = a, *y = b;

    return x->address < y->address ? -1 : x->address > y->address;
}

static int compare_unit(const void *a, const void *b) {
    const struct symbolize_lookup *x = a, *y = b;

    if (x->unit != y->unit)
        return x->unit < y->unit ? -1 : 1;
    return compare_address(a, b);
}

int symbolize_dwarf(const struct symbolize_file *file, struct symbolize_lookup *lookups, size_t n,
                    struct answer *answer) {
    int rc = 0;

    for (size_t i = 0; i < n; i++) {
        lookups[i].unit = lookups[i].unit_bytes = 0;
        lookups[i].claim_bytes = UINT64_MAX;
        lookups[i].node = -1;
    }
    qsort(lookups, n, sizeof(*lookups), compare_address);
    claim_units(file, lookups, n);
    qsort(lookups, n, sizeof(*lookups), compare_unit);
    for (size_t i = 0, end; i < n && rc == 0; i = end) {
        for (end = i; end < n && lookups[end].unit == lookups[i].unit; end++)
            ;
        /* Offset 0 is a unit's header, never its first entry: nobody claimed these. */
        if (lookups[i].unit != 0)
            rc = symbolize_unit(file, lookups + i, end - i, answer);
    }
    return rc;
}
