/* /proc/PID/stat. */
#include "preload/process.h"

#include "preload/sys.h"
#include "preload/text.h"

uint64_t process_start_ticks(int pid) {
    char buf[512];
    TEXT(path, 32);
    text_str(&path, "/proc/");
    text_uint(&path, (uint64_t)pid);
    text_str(&path, "/stat");
    int fd = sys_open(path.s, O_RDONLY | O_CLOEXEC, 0);
    if (fd < 0)
        return 0;
    long n = sys_read(fd, buf, sizeof buf - 1);
    sys_close(fd);
    if (n <= 0)
        return 0;
    buf[n] = '\0';
    /* The command, field 2, is in parentheses and may hold anything. */
    char *p = buf + n;
    while (p > buf && *p != ')')
        p--;
    if (p + 2 < buf + n && (p[2] == 'Z' || p[2] == 'X'))
        return 0;
    for (int field = 2; field < 22 && *p; p++)
        field += *p == ' ';
    return text_parse_uint(p);
}
