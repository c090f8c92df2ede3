/* The C library calling back. */
#include <search.h>
#include <stdlib.h>

void work(void);

static unsigned seed = 7;

static int compare(const void *a, const void *b) {
    int x = *(const int *)a, y = *(const int *)b;

    return (x > y) - (x < y);
}

void work(void) {
    int values[300];
    unsigned count = 300;
    size_t found = count;

    for (unsigned i = 0; i < count; i++) {
        seed = seed * 1103515245 + 12345;
        values[i] = (int)(seed >> 16);
    }
    qsort(values, count, sizeof values[0], compare);
    bsearch(&values[100], values, count, sizeof values[0], compare);
    lfind(&values[200], values, &found, sizeof values[0], compare);
}
