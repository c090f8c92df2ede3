/* exec_loop HOW N: replaces itself N times by one of the exec functions, each time after some
 * sampled work. A tick that is left for the new program would kill it. */
#include "prog.h"

#include <fcntl.h>

int main(int argc, char **argv) {
    const char *how = argv[1];
    char left[16], self[256];
    int n = atoi(argv[2]);
    if (n == 0) {
        printf("done\n");
        return 0;
    }
    ssize_t len = readlink("/proc/self/exe", self, sizeof self - 1);
    CHECK(len > 0);
    self[len] = '\0';
    snprintf(left, sizeof left, "%d", n - 1);
    char *args[] = {argv[0], argv[1], left, NULL};
    char *slash = strrchr(self, '/');
    if (how[strlen(how) - 1] == 'p' || strcmp(how, "execvpe") == 0) {
        *slash = '\0';
        setenv("PATH", self, 1);
        *slash = '/';
    }
    burn_ms(2);
    churn(50);
    if (strcmp(how, "execve") == 0)
        execve(self, args, environ);
    else if (strcmp(how, "execv") == 0)
        execv(self, args);
    else if (strcmp(how, "execvp") == 0)
        execvp(slash + 1, args);
    else if (strcmp(how, "execvpe") == 0)
        execvpe(slash + 1, args, environ);
    else if (strcmp(how, "execl") == 0)
        execl(self, args[0], args[1], left, (char *)NULL);
    else if (strcmp(how, "execlp") == 0)
        execlp(slash + 1, args[0], args[1], left, (char *)NULL);
    else if (strcmp(how, "execle") == 0)
        execle(self, args[0], args[1], left, (char *)NULL, environ);
    else if (strcmp(how, "fexecve") == 0)
        fexecve(open(self, O_RDONLY | O_CLOEXEC), args, environ);
    else if (strcmp(how, "execveat") == 0)
        execveat(AT_FDCWD, self, args, environ, 0);
    else if (strcmp(how, "syscall_at") == 0)
        syscall(SYS_execveat, AT_FDCWD, self, args, environ, 0);
    else
        syscall(SYS_execve, self, args, environ);
    printf("errno %d\n", errno);
    return 1;
}
