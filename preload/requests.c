/* Requests: what they ask is told by the value that comes with the signal. Anybody who may signal
 * this process may send any value. */
#include "preload/requests.h"

#include "arena/requests.h"
#include "preload/cpu_window.h"
#include "preload/dump.h"
#include "preload/http.h"
#include "preload/sys.h"

bool request_is_one(const siginfo_t *si) {
    uint64_t value = sys_signal_value(si);
    return value == ARENA_REQUEST_THREADS || ARENA_REQUEST_IS_CPU(value) ||
           cpu_window_is_timer(si) || http_is_timer(si);
}

void request_serve(const siginfo_t *si) {
    uint64_t value = sys_signal_value(si);
    if (cpu_window_is_timer(si))
        cpu_window_go_on();
    else if (http_is_timer(si))
        http_look();
    else if (ARENA_REQUEST_IS_CPU(value))
        cpu_window_request(ARENA_REQUEST_HZ(value), ARENA_REQUEST_SECONDS(value));
    else
        dump_request(DUMP_RECORD);
}
