/* /proc/PID/stat. */
#include "preload/process.h"

#include "preload/sys.h"
#include "preload/text.h"

/* In small pieces: the first tick may come on a stack of 8 KiB that holds two of the kernel's
 * frames. */
uint64_t process_start_ticks(int pid) {
    enum { STATE = 3, START = 22 };
    char piece[64];
    uint64_t ticks = 0;
    bool ended = false;
    /* Counted from the last parenthesis: the command, field 2, stands in a pair and may hold
     * anything. */
    int field = 0;
    long n;
    TEXT(path, 32);
    text_str(&path, "/proc/");
    text_uint(&path, (uint64_t)pid);
    text_str(&path, "/stat");
    int fd = sys_open(path.s, O_RDONLY | O_CLOEXEC, 0);
    if (fd < 0)
        return 0;
    while (field <= START && (n = sys_read(fd, piece, sizeof piece)) > 0)
        for (long i = 0; i < n; i++) {
            char c = piece[i];
            if (c == ')') {
                field = 2;
                ticks = 0;
                ended = false;
            } else if (c == ' ') {
                field += field != 0;
            } else if (field == STATE) {
                ended = c == 'Z' || c == 'X';
            } else if (field == START) {
                ticks = 10 * ticks + (uint64_t)(c - '0');
            }
        }
    sys_close(fd);
    return ended ? 0 : ticks;
}
