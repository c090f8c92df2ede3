/* Symbols sorted by address; a look-up is a binary search.
 *
 * A symbol with a size covers exactly that. One without (a label in hand-written assembly) covers
 * what follows up to the next symbol or the end of its section. An address in a gap has no name:
 * the nearest symbol before it is somebody else's function.
 *
 * Where several symbols begin at one address, the shown one is the one people know: fewest
 * underscores in front (`read` of `read`, `__read`, `__libc_read`), then not local, then the
 * shortest, then the first in the alphabet, so that the same file always gives the same names.
 *
 * dwfl's own look-up (dwfl_module_addrinfo) walks the whole table for each address, which for node
 * and 100 000 addresses is minutes. */
#include "symbolize/symbolize_symtab.h"

#include <stdlib.h>
#include <string.h>

struct symbol {
    uint64_t address, bytes;
    uint64_t end_so_far; /* the highest end of this and all symbols before it */
    const char *name;    /* in the string table of the file */
    bool local;
};

struct symtab {
    struct symbol *symbols; /* sorted by address, then by preference, the best last */
    size_t n;
    const struct elf_layout *layout;
};

/* How many symbols an address may lie inside of at once; deeper ones are not looked at. */
enum { MAX_NESTING = 64 };

static size_t leading_underscores(const char *name) {
    return strspn(name, "_");
}

/* Whether `a` is to be shown rather than `b`: < 0 when b is better. */
static int compare_preference(const struct symbol *a, const struct symbol *b) {
    size_t a_bytes, b_bytes;

    if ((a->bytes > 0) != (b->bytes > 0))
        return a->bytes > 0 ? 1 : -1;
    if (leading_underscores(a->name) != leading_underscores(b->name))
        return leading_underscores(a->name) < leading_underscores(b->name) ? 1 : -1;
    if (a->local != b->local)
        return a->local ? -1 : 1;
    a_bytes = strlen(a->name);
    b_bytes = strlen(b->name);
    if (a_bytes != b_bytes)
        return a_bytes < b_bytes ? 1 : -1;
    return strcmp(b->name, a->name);
}

static int compare_symbols(const void *a, const void *b) {
    const struct symbol *x = a, *y = b;

    if (x->address != y->address)
        return x->address < y->address ? -1 : 1;
    return compare_preference(x, y);
}

static bool names_code(const GElf_Sym *sym, const char *name) {
    int type = GELF_ST_TYPE(sym->st_info);

    if (!name || sym->st_shndx == SHN_UNDEF || sym->st_shndx == SHN_ABS)
        return false;
    if (type != STT_FUNC && type != STT_GNU_IFUNC && type != STT_NOTYPE)
        return false;
    /* "$x", "$d" mark code and data for disassemblers, ".L" is local to the assembler. */
    return name[0] != 0 && name[0] != '$' && strncmp(name, ".L", 2) != 0;
}

static void symtab_sort(struct symtab *st) {
    uint64_t end = 0;

    qsort(st->symbols, st->n, sizeof(*st->symbols), compare_symbols);
    for (size_t i = 0; i < st->n; i++) {
        struct symbol *s = &st->symbols[i];

        if (s->address + s->bytes > end)
            end = s->address + s->bytes;
        s->end_so_far = end;
    }
}

struct symtab *symtab_new(Dwfl_Module *mod, const struct elf_layout *layout) {
    int n = dwfl_module_getsymtab(mod);
    struct symtab *st = calloc(1, sizeof(*st));

    if (!st)
        return NULL;
    st->layout = layout;
    st->symbols = calloc((size_t)(n > 0 ? n : 0) + 1, sizeof(*st->symbols));
    if (!st->symbols) {
        free(st);
        return NULL;
    }
    for (int i = 1; i < n; i++) {
        GElf_Sym sym;
        GElf_Addr address;
        const char *name = dwfl_module_getsym_info(mod, i, &sym, &address, NULL, NULL, NULL);

        if (!names_code(&sym, name) || !elf_layout_code(layout, address) ||
            sym.st_size > UINT64_MAX - address)
            continue;
        st->symbols[st->n++] = (struct symbol){
            .address = address,
            .bytes = sym.st_size,
            .name = name,
            .local = GELF_ST_BIND(sym.st_info) == STB_LOCAL,
        };
    }
    symtab_sort(st);
    return st;
}

void symtab_free(struct symtab *st) {
    if (!st)
        return;
    free(st->symbols);
    free(st);
}

/* Copies a name without its version; a name that does not fit is cut. */
static void copy_name(const char *symbol, char *name, size_t name_bytes) {
    size_t n = strcspn(symbol, "@");

    if (n == 0)
        n = strlen(symbol);
    if (n >= name_bytes)
        n = name_bytes - 1;
    memcpy(name, symbol, n);
    name[n] = 0;
}

/* The number of symbols at or before `address`. */
static size_t symbols_up_to(const struct symtab *st, uint64_t address) {
    size_t lo = 0, hi = st->n;

    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;

        if (st->symbols[mid].address <= address)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo;
}

/* The symbol that is shown for `address`, or NULL. */
static const struct symbol *symbol_around(const struct symtab *st, uint64_t address) {
    size_t up_to = symbols_up_to(st, address);
    const struct symbol *last = up_to > 0 ? &st->symbols[up_to - 1] : NULL;

    for (size_t i = up_to; i > 0 && up_to - i < MAX_NESTING; i--) {
        const struct symbol *s = &st->symbols[i - 1];

        if (s->end_so_far <= address)
            break;
        if (address - s->address < s->bytes)
            return s;
    }
    if (!last || last->bytes > 0 ||
        elf_layout_code(st->layout, address) != elf_layout_code(st->layout, last->address))
        return NULL;
    return last;
}

bool symtab_lookup(const struct symtab *st, uint64_t address, char *name, size_t name_bytes,
                   uint64_t *start) {
    const struct symbol *s = symbol_around(st, address);

    if (!s)
        return false;
    copy_name(s->name, name, name_bytes);
    if (start)
        *start = s->address;
    return true;
}

static void cut_clone_suffix(char *name) {
    static const char *const suffixes[] = {".constprop.", ".part.", ".isra.", ".cold",
                                           ".lto_priv."};

    for (size_t i = 0; i < sizeof(suffixes) / sizeof(suffixes[0]); i++) {
        char *at = strstr(name, suffixes[i]);

        if (at)
            *at = 0;
    }
}

static bool is_mangled(const char *name) {
    return name[0] == '_' && (name[1] == 'Z' || name[1] == 'R' || name[1] == 'D');
}

bool symtab_mangled_at(const struct symtab *st, uint64_t address, char *name, size_t name_bytes) {
    for (size_t i = symbols_up_to(st, address); i > 0; i--) {
        const struct symbol *s = &st->symbols[i - 1];

        if (s->address != address)
            return false;
        if (is_mangled(s->name)) {
            copy_name(s->name, name, name_bytes);
            cut_clone_suffix(name);
            return true;
        }
    }
    return false;
}
