/* What a program can see of its own process: errno at main, the number its first open gets,
 * threads, descriptors, mask, dispositions; once at main, and again after work that is sampled.
 *
 * `state brief` prints only what a parent hands down. */
#include "prog.h"

#include <dirent.h>
#include <fcntl.h>

static void print_directory(const char *what, const char *path) {
    struct dirent *e;
    int n = 0;
    DIR *d = opendir(path);
    printf("%s:", what);
    while (d && (e = readdir(d)))
        if (e->d_name[0] != '.' && atoi(e->d_name) != (d ? dirfd(d) : -1)) {
            n++;
            if (strcmp(what, "descriptors") == 0)
                printf(" %s", e->d_name);
        }
    printf(" (%d)\n", n);
    if (d)
        closedir(d);
}

static void print_status_lines(void) {
    char line[512];
    FILE *f = fopen("/proc/self/status", "r");
    while (f && fgets(line, sizeof line, f))
        if (strncmp(line, "SigBlk", 6) == 0 || strncmp(line, "SigPnd", 6) == 0 ||
            strncmp(line, "ShdPnd", 6) == 0 || strncmp(line, "SigIgn", 6) == 0 ||
            strncmp(line, "Threads", 7) == 0 || strncmp(line, "NoNewPrivs", 10) == 0)
            fputs(line, stdout);
    if (f)
        fclose(f);
}

static void print_dispositions(void) {
    for (int s = 1; s < NSIG; s++) {
        struct sigaction act;
        memset(&act, 0, sizeof act);
        if (sigaction(s, NULL, &act) != 0) {
            printf("signal %d: errno %d\n", s, errno);
            continue;
        }
        if (act.sa_handler == SIG_DFL && act.sa_flags == 0 && sigisemptyset(&act.sa_mask))
            continue;
        printf("signal %d: %s flags %#x\n", s,
               act.sa_handler == SIG_DFL   ? "default"
               : act.sa_handler == SIG_IGN ? "ignored"
                                           : "handler",
               (unsigned)act.sa_flags);
        print_set(" its mask", &act.sa_mask);
    }
}

static void print_all(void) {
    sigset_t set = mask_now(), pending, viasig;
    sigpending(&pending);
    sigprocmask(SIG_BLOCK, NULL, &viasig);
    print_set("mask", &set);
    print_set("sigprocmask", &viasig);
    print_set("pending", &pending);
    print_dispositions();
}

int main(int argc, char **argv) {
    int at_start = errno;
    if (argc > 1 && strcmp(argv[1], "brief") == 0) {
        print_all();
        return 0;
    }
    int fd = open("/dev/null", O_RDONLY);
    printf("errno %d, first open %d\n", at_start, fd);
    for (int round = 0; round < 2; round++) {
        print_all();
        print_status_lines();
        print_directory("threads", "/proc/self/task");
        print_directory("descriptors", "/proc/self/fd");
        burn_ms(100);
        churn(2000);
    }
    errno = 0;
    free(malloc(1 << 20));
    burn_ms(20);
    printf("errno after work %d\n", errno);
    return 0;
}
