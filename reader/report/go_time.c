/* Go's Time.String and Duration.String. */
#include "reader/report/go_time.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

enum { SECOND = 1000000000 };

/* Digits of a fraction without trailing zeros, behind a point; "" if there are none. */
static const char *fraction(uint64_t value, int digits, char text[16]) {
    int n = snprintf(text, 16, ".%0*" PRIu64, digits, value);

    while (n > 1 && text[n - 1] == '0')
        n--;
    text[n > 1 ? n : 0] = '\0';
    return text;
}

char *go_time(int64_t nanos, char text[GO_TIME_BYTES]) {
    time_t seconds = nanos / SECOND - (nanos % SECOND < 0);
    uint64_t rest = (uint64_t)(nanos - (int64_t)((uint64_t)seconds * SECOND));
    char part[16], date[32], zone[32];
    struct tm tm;

    if (!localtime_r(&seconds, &tm))
        return strcpy(text, "");
    strftime(date, sizeof(date), "%Y-%m-%d %H:%M:%S", &tm);
    strftime(zone, sizeof(zone), "%z %Z", &tm);
    snprintf(text, GO_TIME_BYTES, "%s%s %s", date, fraction(rest, 9, part), zone);
    return text;
}

char *go_duration(int64_t nanos, char text[GO_TIME_BYTES]) {
    uint64_t left = nanos < 0 ? -(uint64_t)nanos : (uint64_t)nanos, hours, minutes;
    const char *sign = nanos < 0 ? "-" : "";
    char part[16];

    if (left == 0)
        return strcpy(text, "0s");
    if (left < 1000)
        snprintf(text, GO_TIME_BYTES, "%s%" PRIu64 "ns", sign, left);
    else if (left < 1000000)
        snprintf(text, GO_TIME_BYTES, "%s%" PRIu64 "%s\u00b5s", sign, left / 1000,
                 fraction(left % 1000, 3, part));
    else if (left < SECOND)
        snprintf(text, GO_TIME_BYTES, "%s%" PRIu64 "%sms", sign, left / 1000000,
                 fraction(left % 1000000, 6, part));
    if (left < SECOND)
        return text;
    hours = left / SECOND / 3600;
    minutes = left / SECOND / 60 % 60;
    fraction(left % SECOND, 9, part);
    if (hours > 0)
        snprintf(text, GO_TIME_BYTES, "%s%" PRIu64 "h%" PRIu64 "m%" PRIu64 "%ss", sign, hours,
                 minutes, left / SECOND % 60, part);
    else if (minutes > 0)
        snprintf(text, GO_TIME_BYTES, "%s%" PRIu64 "m%" PRIu64 "%ss", sign, minutes,
                 left / SECOND % 60, part);
    else
        snprintf(text, GO_TIME_BYTES, "%s%" PRIu64 "%ss", sign, left / SECOND, part);
    return text;
}
