/* What the table of endpoints refers to (route.h). Each answers one request; any thread. */
#ifndef CPPROF_COLLECTOR_SERVE_ENDPOINTS_H
#define CPPROF_COLLECTOR_SERVE_ENDPOINTS_H

#include "collector/serve/route.h"

target_endpoint_fn serve_profile; /* profile_endpoint.c: a named profile */
target_endpoint_fn serve_cpu;     /* cpu_endpoint.c: /profile */
target_endpoint_fn serve_symbol;  /* symbol_endpoint.c */
target_endpoint_fn serve_cmdline; /* index_page.c, with the index */
target_endpoint_fn serve_trace;

void serve_index(const struct request *q, const struct target *t, struct reply *r);

server_endpoint_fn serve_home;    /* home_page.c */
server_endpoint_fn serve_targets; /* targets_json.c */
server_endpoint_fn serve_http_sd;

#endif
