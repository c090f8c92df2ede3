/* A library that is loaded and unloaded: it allocates, and gives a block to its caller to free. */
#include <stdlib.h>
#include <string.h>

char *plugin_text(size_t n);

char *plugin_text(size_t n) {
    for (int i = 0; i < 20; i++)
        free(malloc(n));
    char *s = malloc(n);
    if (s)
        memset(s, 'p', n);
    return s;
}
