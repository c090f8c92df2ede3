/* What tests need to know of a process. Include after cmocka.h. */
#ifndef CPPROF_TESTS_PROC_FIXTURE_H
#define CPPROF_TESTS_PROC_FIXTURE_H

#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/types.h>

/* Field 22 of /proc/PID/stat. */
static inline uint64_t start_ticks_of(pid_t pid) {
    char path[64], buf[1024] = "";
    unsigned long long start = 0;
    snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
    FILE *f = fopen(path, "r");
    assert_true(f && fread(buf, 1, sizeof buf - 1, f) > 0);
    fclose(f);
    assert_int_equal(sscanf(strrchr(buf, ')') + 1,
                            " %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s "
                            "%*s %*s %llu",
                            &start),
                     1);
    return start;
}

#endif
