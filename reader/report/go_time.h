/* Times as Go's package time prints them.
 *
 * Private to reader/report/. Any thread. */
#ifndef CPPROF_READER_REPORT_GO_TIME_H
#define CPPROF_READER_REPORT_GO_TIME_H

#include <stddef.h>
#include <stdint.h>

enum { GO_TIME_BYTES = 96 };

/* `2022-10-18 15:39:57.25 +0200 CEST`, of nanoseconds since 1970; text is returned. */
char *go_time(int64_t nanos, char text[GO_TIME_BYTES]);
/* `1h2m3.5s`, `1.5ms`, `0s`; text is returned. */
char *go_duration(int64_t nanos, char text[GO_TIME_BYTES]);

#endif
