// heap_known [SCALE]: known blocks, live at once: SCALE * 16 MiB (default 64, 1 GiB) in sizes from
// 16 B to 64 MiB, in random order, each size from each of five sites that allocate in different
// ways.
//
// Says and waits as heap.h has it; all is freed half on another thread. Blocks that it needs itself
// come from mmap: the heap is known to the byte.
#include <fcntl.h>
#include <malloc.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <new>

#include "tests/truth/programs/heap.h"

namespace {

// Each is a size class of its own in the profile.
const size_t sizes[] = {16,    32,    64,     112,     256,     1024,    5120,
                        16384, 65536, 327680, 1 << 20, 8 << 20, 64 << 20};
const int n_sizes = sizeof sizes / sizeof sizes[0];
const int n_large = 3; // the last ones, of which there are few

enum site_id { SITE_MALLOC, SITE_CALLOC, SITE_REALLOC, SITE_ALIGNED, SITE_NEW, SITES };

const char *const site_names[SITES] = {"site_malloc", "site_calloc", "site_realloc", "site_aligned",
                                       "site_new"};

struct block {
    void *p;
    uint8_t site, size;
};

struct truth {
    uint64_t alloc_objects, alloc_bytes, inuse_objects, inuse_bytes;
};

block *blocks;
size_t n_blocks;
truth truths[SITES][n_sizes];
truth halves[n_sizes]; // what site_realloc begins with

void die(const char *why) {
    dprintf(2, "heap_known: %s\n", why);
    _exit(1);
}

} // namespace

// Sites have C names, which are what the profile has without demangling. The asm keeps the call
// from becoming a jump, which would leave no frame.
extern "C" {

__attribute__((noinline)) void *site_malloc(size_t n) {
    void *p = malloc(n);
    asm volatile("" : "+r"(p));
    return p;
}

__attribute__((noinline)) void *site_calloc(size_t n) {
    void *p = calloc(n / 16, 16);
    asm volatile("" : "+r"(p));
    return p;
}

// Half the size first, from the same site, then all of it; the half that is gone counts as
// allocated only.
__attribute__((noinline)) void *site_realloc(size_t n) {
    void *p = realloc(nullptr, n / 2);
    asm volatile("" : "+r"(p));
    void *q = realloc(p, n);
    asm volatile("" : "+r"(q));
    return q;
}

__attribute__((noinline)) void *site_aligned(size_t n) {
    void *p = nullptr;
    if (n & 1024)
        p = aligned_alloc(64, n);
    else if (n & 256)
        p = memalign(32, n);
    else if (posix_memalign(&p, 64, n) != 0)
        p = nullptr;
    asm volatile("" : "+r"(p));
    return p;
}

__attribute__((noinline)) void *site_new(size_t n) {
    void *p = n & 64 ? operator new[](n, std::nothrow) : operator new(n);
    asm volatile("" : "+r"(p));
    return p;
}
}

namespace {

void *allocate(int site, size_t n) {
    switch (site) {
    case SITE_MALLOC:
        return site_malloc(n);
    case SITE_CALLOC:
        return site_calloc(n);
    case SITE_REALLOC:
        return site_realloc(n);
    case SITE_ALIGNED:
        return site_aligned(n);
    default:
        return site_new(n);
    }
}

void release(const block &b) {
    if (b.site != SITE_NEW)
        free(b.p);
    else if (sizes[b.size] & 64)
        operator delete[](b.p, std::nothrow);
    else
        operator delete(b.p, sizes[b.size]);
}

// How many blocks of a size each site makes: large ones 1, 4, 16 for each GiB; the rest of the
// memory in equal parts to the other sizes.
size_t blocks_of(int size, size_t total_bytes) {
    size_t left = total_bytes;
    if (size >= n_sizes - n_large)
        return total_bytes >> 30 << 2 * (n_sizes - 1 - size);
    for (int i = n_sizes - n_large; i < n_sizes; i++)
        left -= SITES * blocks_of(i, total_bytes) * sizes[i];
    return left / SITES / (n_sizes - n_large) / sizes[size];
}

void plan(size_t total_bytes) {
    size_t count = 0;
    for (int i = 0; i < n_sizes; i++)
        count += SITES * blocks_of(i, total_bytes);
    blocks = static_cast<block *>(mmap(nullptr, count * sizeof *blocks, PROT_READ | PROT_WRITE,
                                       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
    if (blocks == MAP_FAILED)
        die("no memory");
    for (uint8_t site = 0; site < SITES; site++)
        for (uint8_t i = 0; i < n_sizes; i++)
            for (size_t n = blocks_of(i, total_bytes); n > 0; n--)
                blocks[n_blocks++] = {nullptr, site, i};
    for (size_t i = n_blocks - 1; i > 0; i--) {
        size_t j = static_cast<size_t>(drand48() * static_cast<double>(i + 1));
        block b = blocks[i];
        blocks[i] = blocks[j];
        blocks[j] = b;
    }
}

void allocate_all() {
    for (size_t i = 0; i < n_blocks; i++) {
        block &b = blocks[i];
        size_t n = sizes[b.size];
        b.p = allocate(b.site, n);
        if (!b.p)
            die("no memory");
        truth &t = truths[b.site][b.size];
        t.alloc_objects++;
        t.alloc_bytes += n;
        t.inuse_objects++;
        t.inuse_bytes += n;
        if (b.site == SITE_REALLOC) {
            halves[b.size].alloc_objects++;
            halves[b.size].alloc_bytes += n / 2;
        }
    }
}

void *free_some(void *first) {
    for (size_t i = reinterpret_cast<size_t>(first); i < n_blocks; i += 2)
        release(blocks[i]);
    return nullptr;
}

void free_all() {
    pthread_t other;
    if (pthread_create(&other, nullptr, free_some, nullptr) != 0)
        die("no thread");
    free_some(reinterpret_cast<void *>(1));
    pthread_join(other, nullptr);
}

void print_truth(int site, size_t size_class, const truth &t) {
    dprintf(1, "truth %s bytes=%zu %lu %lu %lu %lu\n", site_names[site], size_class,
            t.alloc_objects, t.alloc_bytes, t.inuse_objects, t.inuse_bytes);
}

void print_truths() {
    for (int site = 0; site < SITES; site++)
        for (int i = 0; i < n_sizes; i++)
            print_truth(site, sizes[i], truths[site][i]);
    for (int i = 0; i < n_sizes; i++) // up to 128 the classes are multiples of 16
        print_truth(SITE_REALLOC, (sizes[i] / 2 + 15) & ~static_cast<size_t>(15), halves[i]);
}

} // namespace

int main(int argc, char **argv) {
    plan(static_cast<size_t>(argc > 1 ? atoi(argv[1]) : 64) << 24);
    allocate_all();
    print_truths();
    wait_for_line("live");
    free_all();
    wait_for_line("freed");
    return 0;
}
