/* libcurl, loaded by curl_late_load: the functions have their own names, and are called as always
 * after that. In place of <curl/curl.h>.
 *
 * Any thread, once it is loaded. */
#ifndef CPPROF_READER_SOURCE_CURL_LATE_H
#define CPPROF_READER_SOURCE_CURL_LATE_H

#define CURL_DISABLE_TYPECHECK
#include <curl/curl.h>

#undef curl_easy_setopt
#undef curl_easy_getinfo

struct curl_functions {
    typeof(curl_easy_cleanup) *easy_cleanup;
    typeof(curl_easy_getinfo) *easy_getinfo;
    typeof(curl_easy_init) *easy_init;
    typeof(curl_easy_perform) *easy_perform;
    typeof(curl_easy_setopt) *easy_setopt;
    typeof(curl_easy_strerror) *easy_strerror;
    typeof(curl_global_init) *global_init;
    typeof(curl_slist_append) *slist_append;
    typeof(curl_slist_free_all) *slist_free_all;
};
extern struct curl_functions curl_functions; /* written by curl_late_load only */

/* 0, or -ENOENT with the reason in `why`. One thread at a time. */
int curl_late_load(char *why, size_t why_bytes);

#define curl_easy_cleanup   curl_functions.easy_cleanup
#define curl_easy_getinfo   curl_functions.easy_getinfo
#define curl_easy_init      curl_functions.easy_init
#define curl_easy_perform   curl_functions.easy_perform
#define curl_easy_setopt    curl_functions.easy_setopt
#define curl_easy_strerror  curl_functions.easy_strerror
#define curl_global_init    curl_functions.global_init
#define curl_slist_append   curl_functions.slist_append
#define curl_slist_free_all curl_functions.slist_free_all

#endif
