/* A program that is built with gcc's address sanitizer ends at once when its runtime, a library, is
 * not the first one in the list, as with anything that is preloaded. The check is for interceptors
 * that are not reached; ours call the next ones, which are the runtime's. It asks whoever is first
 * in the lookup order for options: a program that has this function itself keeps its own. */
#include "preload/agent.h"

HOOK const char *__asan_default_options(void);

HOOK const char *__asan_default_options(void) {
    return "verify_asan_link_order=0";
}
