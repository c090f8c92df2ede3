/* Hooks: loading and unloading of code.
 *
 * dlopen has to see its true caller (search paths, namespaces), so it is only looked at and then
 * jumped to; new objects are found when a stack has an address in them. */
#include <dlfcn.h>

#include "preload/objects.h"
#include "preload/real.h"
#include "preload/unwind/unwind.h"

HOOK void *dlopen(const char *file, int mode) {
    if (unlikely(mode & RTLD_DEEPBIND))
        store_count_early(ARENA_UNCOVERED_DEEPBIND, 1);
    return REAL(dlopen)(file, mode);
}

HOOK int dlclose(void *handle) {
    int r = REAL(dlclose)(handle);
    objects_stale();
    unwind_forget();
    return r;
}
