/* Thread names: as long as they may be, empty, changing, and no text at all. */
#include "prog.h"

#include <sys/prctl.h>

static void *named(void *name) {
    prctl(PR_SET_NAME, name);
    burn_ms(30);
    churn(200);
    return NULL;
}

int main(void) {
    static const char *const names[] = {
        "fifteen-letters",   "sixteen--letters",      "", "\xff\xfe\x80", "tab\tand\nline",
        "\xc3\xa9t\xc3\xa9", "fourteen-bytes\xc3\xa9"};
    pthread_t t;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        CHECK(pthread_create(&t, NULL, named, (void *)(uintptr_t)names[i]) == 0);
        pthread_join(t, NULL);
    }
    for (int i = 0; i < 500; i++) {
        char name[16];
        snprintf(name, sizeof name, "changing-%d", i);
        prctl(PR_SET_NAME, name);
        burn_ms(1);
    }
    printf("done\n");
    return 0;
}
