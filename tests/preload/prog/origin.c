/* Finds its library by RUNPATH=$ORIGIN/libs alone; and sees the same error where there is none. */
#include "prog.h"

#include <dlfcn.h>

int main(void) {
    for (int i = 0; i < 50; i++) {
        void *library = dlopen("plugin.so", RTLD_NOW | (i % 2 ? RTLD_DEEPBIND : 0));
        if (!library)
            printf("%s\n", dlerror());
        CHECK(library);
        char *(*text)(size_t) = (char *(*)(size_t))dlsym(library, "plugin_text");
        char *s = text(3000);
        CHECK(s && s[2999] == 'p');
        free(s);
        s = realloc(text(100), 200);
        CHECK(s && s[99] == 'p');
        free(s);
        CHECK(dlclose(library) == 0);
        burn_ms(1);
    }
    CHECK(dlopen("no-such-library.so", RTLD_NOW) == NULL);
    printf("%s\n", dlerror());
    CHECK(dlopen(NULL, RTLD_NOW) != NULL);
    return 0;
}
