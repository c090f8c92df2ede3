/* A library's constructor makes a thread and waits for it, while dlopen holds the loader's lock:
 * what the thread does for the first time must not need that lock. */
#include "prog.h"

#include <dlfcn.h>
#include <libgen.h>

int main(int argc, char **argv) {
    char path[4096], self[4096];
    ssize_t n = readlink("/proc/self/exe", self, sizeof self - 1);
    CHECK(n > 0);
    self[n] = '\0';
    snprintf(path, sizeof path, "%s/libs/loader_lock_plugin.so", dirname(self));
    alarm(10);
    CHECK(dlopen(path, RTLD_NOW) != NULL);
    printf("loaded\n");
    return 0;
}
