/* A C program that loads a C++ library: plugin_host LIBRARY local|global|deepbind. */
#include "prog.h"

#include <dlfcn.h>

int main(int argc, char **argv) {
    int mode = RTLD_NOW;
    mode |= strcmp(argv[2], "global") == 0 ? RTLD_GLOBAL : RTLD_LOCAL;
    if (strcmp(argv[2], "deepbind") == 0)
        mode |= RTLD_DEEPBIND;
    churn(200);
    for (int i = 0; i < 3; i++) {
        void *library = dlopen(argv[1], mode);
        if (!library)
            printf("%s\n", dlerror());
        CHECK(library);
        int (*run)(int) = (int (*)(int))dlsym(library, "plugin_run");
        CHECK(run);
        printf("%d\n", run(200));
        CHECK(dlclose(library) == 0);
    }
    CHECK(dlerror() == NULL);
    CHECK(dlsym(RTLD_DEFAULT, "no_such_name") == NULL && dlerror() != NULL);
    printf("operator new of the program itself: %s\n",
           dlsym(RTLD_DEFAULT, "_Znwm") ? "there" : "none");
    return 0;
}
