/* The agent's own memory and string functions.
 *
 * Hidden, so that its calls, also those that the compiler makes, end here: in a program that was
 * built with a sanitizer libc's names lead to the sanitizer, which would take what the agent shares
 * between its threads by atomics for races of the program, and a variable of ours, where a thread
 * was cancelled, for part of a frame that was there before. */
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
int bcmp(const void *a, const void *b, size_t n);
void *memchr(const void *p, int byte, size_t n);
size_t strlen(const char *s);
size_t strnlen(const char *s, size_t n);
int strcmp(const char *a, const char *b);
int strncmp(const char *a, const char *b, size_t n);
char *strchr(const char *s, int c);
char *strchrnul(const char *s, int c);
char *strrchr(const char *s, int c);

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

/* What clang makes of a memcmp that asks for equality. */
PLAIN int bcmp(const void *a, const void *b, size_t n) {
    return memcmp(a, b, n);
}

PLAIN void *memchr(const void *p, int byte, size_t n) {
    for (const unsigned char *x = p; n; n--, x++)
        if (*x == (unsigned char)byte)
            return (void *)x;
    return NULL;
}

PLAIN size_t strlen(const char *s) {
    size_t n = 0;
    while (s[n])
        n++;
    return n;
}

PLAIN size_t strnlen(const char *s, size_t n) {
    size_t len = 0;
    while (len < n && s[len])
        len++;
    return len;
}

PLAIN int strncmp(const char *a, const char *b, size_t n) {
    for (; n; n--, a++, b++)
        if (*a != *b || !*a)
            return (unsigned char)*a - (unsigned char)*b;
    return 0;
}

PLAIN int strcmp(const char *a, const char *b) {
    return strncmp(a, b, SIZE_MAX);
}

PLAIN char *strchrnul(const char *s, int c) {
    while (*s && *s != (char)c)
        s++;
    return (char *)s;
}

PLAIN char *strchr(const char *s, int c) {
    s = strchrnul(s, c);
    return *s == (char)c ? (char *)s : NULL;
}

PLAIN char *strrchr(const char *s, int c) {
    const char *last = NULL;
    for (; *s; s++)
        if (*s == (char)c)
            last = s;
    return c ? (char *)last : (char *)s;
}
