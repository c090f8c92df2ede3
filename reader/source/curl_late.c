/* The table of libcurl's functions, in the order of its struct. */
#include "reader/source/curl_late.h"

#include "base/late_library.h"

struct curl_functions curl_functions;

int curl_late_load(char *why, size_t why_bytes) {
    static const char *const names[] = {
        "curl_easy_cleanup", "curl_easy_getinfo", "curl_easy_init",
        "curl_easy_perform", "curl_easy_setopt",  "curl_easy_strerror",
        "curl_global_init",  "curl_slist_append", "curl_slist_free_all",
    };
    _Static_assert(sizeof names == sizeof curl_functions, "a name for each function");

    return late_library_load(CURL_SONAME, names, (void **)&curl_functions,
                             sizeof names / sizeof names[0], why, why_bytes);
}
