/* libmicrohttpd, loaded by mhd_late_load: the functions have their own names, and are called as
 * always after that. In place of <microhttpd.h>.
 *
 * Any thread, once it is loaded. */
#ifndef CPPROF_COLLECTOR_SERVE_MHD_LATE_H
#define CPPROF_COLLECTOR_SERVE_MHD_LATE_H

#include <microhttpd.h>

struct mhd_functions {
    typeof(MHD_add_response_header) *add_response_header;
    typeof(MHD_create_response_from_buffer) *create_response_from_buffer;
    typeof(MHD_destroy_response) *destroy_response;
    typeof(MHD_get_connection_info) *get_connection_info;
    typeof(MHD_lookup_connection_value) *lookup_connection_value;
    typeof(MHD_queue_response) *queue_response;
    typeof(MHD_quiesce_daemon) *quiesce_daemon;
    typeof(MHD_start_daemon) *start_daemon;
    typeof(MHD_stop_daemon) *stop_daemon;
};
extern struct mhd_functions mhd_functions; /* written by mhd_late_load only */

/* 0, or -ENOENT with the reason in `why`. One thread at a time. */
int mhd_late_load(char *why, size_t why_bytes);

#define MHD_add_response_header         mhd_functions.add_response_header
#define MHD_create_response_from_buffer mhd_functions.create_response_from_buffer
#define MHD_destroy_response            mhd_functions.destroy_response
#define MHD_get_connection_info         mhd_functions.get_connection_info
#define MHD_lookup_connection_value     mhd_functions.lookup_connection_value
#define MHD_queue_response              mhd_functions.queue_response
#define MHD_quiesce_daemon              mhd_functions.quiesce_daemon
#define MHD_start_daemon                mhd_functions.start_daemon
#define MHD_stop_daemon                 mhd_functions.stop_daemon

#endif
