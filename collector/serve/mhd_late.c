/* The table of libmicrohttpd's functions, in the order of its struct. */
#include "collector/serve/mhd_late.h"

#include "base/late_library.h"

struct mhd_functions mhd_functions;

int mhd_late_load(char *why, size_t why_bytes) {
    static const char *const names[] = {
        "MHD_add_response_header",
        "MHD_create_response_from_buffer",
        "MHD_destroy_response",
        "MHD_get_connection_info",
        "MHD_lookup_connection_value",
        "MHD_queue_response",
        "MHD_quiesce_daemon",
        "MHD_start_daemon",
        "MHD_stop_daemon",
    };
    _Static_assert(sizeof names == sizeof mhd_functions, "a name for each function");

    return late_library_load(MHD_SONAME, names, (void **)&mhd_functions,
                             sizeof names / sizeof names[0], why, why_bytes);
}
