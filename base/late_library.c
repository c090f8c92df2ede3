/* The loader, asked by hand. */
#include "base/late_library.h"

#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>

int late_library_load(const char *soname, const char *const *names, void **functions, size_t n,
                      char *why, size_t why_bytes) {
    void *library = dlopen(soname, RTLD_NOW | RTLD_LOCAL);

    for (size_t i = 0; library && i < n; i++) {
        functions[i] = dlsym(library, names[i]);
        if (!functions[i])
            library = NULL;
    }
    if (library)
        return 0;
    const char *reason = dlerror();
    snprintf(why, why_bytes, "%s", reason ? reason : soname);
    return -ENOENT;
}
