/* What another process may ask of one that is profiled.
 *
 * Who asks sends the signal `request_signo` of the arena's header to the process by sigqueue, with
 * one of these values. Nothing is asked while that is 0. No answer comes while the process is
 * stopped or sandboxed. Constant data, usable anywhere. */
#ifndef CPPROF_ARENA_REQUESTS_H
#define CPPROF_ARENA_REQUESTS_H

#include <stdint.h>

/* A record of the threads, arena/threads_record.h. */
#define ARENA_REQUEST_THREADS UINT64_C(0x7468726561647301)

/* CPU sampling at `hz` (1 to 10000) or what is in force already, whichever is faster, for `seconds`
 * (1 to 65535) from now. It is granted once the header's cpu_window_hz is that and its
 * cpu_window_until_ns has come. Several requests: the fastest rate and the latest end count, until
 * that end; sampling is then what the settings say. */
#define ARENA_REQUEST_CPU_TAG UINT64_C(0x63707501)
#define ARENA_REQUEST_CPU(hz, seconds)                                                             \
    (ARENA_REQUEST_CPU_TAG << 32 | (uint64_t)(hz) << 16 | (seconds))
#define ARENA_REQUEST_IS_CPU(value)  ((value) >> 32 == ARENA_REQUEST_CPU_TAG)
#define ARENA_REQUEST_HZ(value)      ((uint32_t)((value) >> 16 & 0xffff))
#define ARENA_REQUEST_SECONDS(value) ((uint32_t)((value)&0xffff))

#endif
