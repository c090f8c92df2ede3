/* heap_fork: a heap that a forked child inherits.
 *
 * The parent allocates (site_parent) and forks; the child allocates more (site_child). Each says
 * where it is by a line `WORD PID` and waits for a line on stdin, in this order: the child `live`,
 * having freed a quarter of what it inherited, and `freed`, of everything; then the parent `live`
 * and `freed`. No stdio: the heap is known to the byte. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

enum { BLOCKS = 2000 };

static void *mine[BLOCKS], *childs[BLOCKS];

static size_t size_of(int i) {
    return i % 100 == 0 ? 262144 : 16 + (size_t)(i % 64) * 64;
}

__attribute__((noinline)) static void *site_parent(int i) {
    void *p = malloc(size_of(i));
    __asm__ volatile("" : "+r"(p));
    return p;
}

__attribute__((noinline)) static void *site_child(int i) {
    void *p = malloc(size_of(i));
    __asm__ volatile("nop" : "+r"(p)); /* or the compiler makes the two sites one */
    return p;
}

static void say_and_wait(const char *word) {
    char c = 0;
    dprintf(1, "%s %d\n", word, (int)getpid());
    while (read(0, &c, 1) == 1 && c != '\n')
        ;
}

static void free_from(void **blocks, int first) {
    for (int i = first; i < BLOCKS; i++)
        free(blocks[i]);
}

static void child(void) {
    for (int i = 0; i < BLOCKS; i++)
        childs[i] = site_child(i);
    for (int i = 0; i < BLOCKS / 4; i++)
        free(mine[i]);
    say_and_wait("live");
    free_from(mine, BLOCKS / 4);
    free_from(childs, 0);
    say_and_wait("freed");
    exit(0);
}

int main(void) {
    for (int i = 0; i < BLOCKS; i++)
        mine[i] = site_parent(i);
    pid_t pid = fork();
    if (pid == 0)
        child();
    if (pid < 0 || waitpid(pid, NULL, 0) != pid)
        return 1;
    say_and_wait("live");
    free_from(mine, 0);
    say_and_wait("freed");
    return 0;
}
