/* The agent's own memory functions.
 *
 * Hidden, so that its calls, also those that the compiler makes, end here: in a program that was
 * built with a sanitizer libc's names lead to the sanitizer, which would take what the agent shares
 * between its threads by atomics for races of the program. */
#include <stddef.h>
#include <stdint.h>

/* Or the compiler would make calls of these functions out of their own loops. */
#ifdef __clang__
#define PLAIN __attribute__((no_builtin))
#else
#define PLAIN
#pragma GCC optimize("no-tree-loop-distribute-patterns")
#endif

typedef uint64_t word __attribute__((may_alias, aligned(1)));

void *memcpy(void *restrict to, const void *restrict from, size_t n);
void *memmove(void *to, const void *from, size_t n);
void *memset(void *to, int byte, size_t n);
int memcmp(const void *a, const void *b, size_t n);

PLAIN void *memcpy(void *restrict to, const void *restrict from, size_t n) {
    char *t = to;
    const char *f = from;
    if (n >= 512) {
        void *end = to;
        __asm__ volatile("rep movsb" : "+D"(end), "+S"(from), "+c"(n) : : "memory");
        return to;
    }
    for (; n >= sizeof(word); n -= sizeof(word), t += sizeof(word), f += sizeof(word))
        *(word *)t = *(const word *)f;
    while (n--)
        *t++ = *f++;
    return to;
}

PLAIN void *memmove(void *to, const void *from, size_t n) {
    char *t = to;
    const char *f = from;
    if ((uintptr_t)t - (uintptr_t)f >= n)
        return memcpy(to, from, n);
    while (n--)
        t[n] = f[n];
    return to;
}

PLAIN void *memset(void *to, int byte, size_t n) {
    void *end = to;
    __asm__ volatile("rep stosb" : "+D"(end), "+c"(n) : "a"(byte) : "memory");
    return to;
}

PLAIN int memcmp(const void *a, const void *b, size_t n) {
    const unsigned char *x = a, *y = b;
    for (; n >= sizeof(word) && *(const word *)x == *(const word *)y; n -= sizeof(word))
        x += sizeof(word), y += sizeof(word);
    for (; n; n--, x++, y++)
        if (*x != *y)
            return *x - *y;
    return 0;
}
