/* Loads a workload, tests/unwind/work/NAME.*, built as work_NAME.so beside the test program. */
#ifndef CPPROF_TESTS_UNWIND_WORK_H
#define CPPROF_TESTS_UNWIND_WORK_H

#include <dlfcn.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef void work_function(void);

/* The workload's work(), bound lazily; ends the program where there is none. */
static work_function *work_load(const char *name) {
    char path[PATH_MAX + 64], self[PATH_MAX];
    ssize_t size = readlink("/proc/self/exe", self, sizeof self - 1);
    work_function *work = NULL;
    void *handle;

    self[size < 0 ? 0 : size] = 0;
    *(strrchr(self, '/') ? strrchr(self, '/') : self) = 0;
    snprintf(path, sizeof path, "%s/work_%s.so", self, name);
    handle = dlopen(path, RTLD_LAZY);
    if (handle)
        work = (work_function *)dlsym(handle, "work");
    if (!work) {
        fprintf(stderr, "%s\n", dlerror());
        exit(1);
    }
    return work;
}

#endif
