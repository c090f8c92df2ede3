/* kill_me FILE: threads that allocate, free and compute until they are killed. Before and after
 * each step they count it in FILE, a shared mapping that outlives them, as struct steps { uint64_t
 * alloc_begun, alloc_done, free_begun, free_done; } one for each thread: whatever is recorded when
 * they die lies between what was begun and what was done. */
#include <fcntl.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

enum { THREADS = 4, KEPT = 256 };

struct steps {
    uint64_t alloc_begun, alloc_done, free_begun, free_done;
};

static void step(uint64_t *count) {
    __atomic_store_n(count, *count + 1, __ATOMIC_SEQ_CST);
}

__attribute__((noinline)) static void *site_kept(size_t bytes) {
    void *p = malloc(bytes);
    __asm__ volatile("" : "+r"(p));
    return p;
}

static void *work(void *arg) {
    struct steps *s = arg;
    void *kept[KEPT] = {0};
    for (unsigned i = 0;; i++) {
        void **p = &kept[i * 2654435761u % KEPT];
        if (*p) {
            step(&s->free_begun);
            free(*p);
            step(&s->free_done);
        }
        step(&s->alloc_begun);
        *p = site_kept(i % 4000);
        step(&s->alloc_done);
    }
    return NULL;
}

int main(int argc, char **argv) {
    pthread_t id;
    int fd = argc == 2 ? open(argv[1], O_RDWR | O_CREAT, 0600) : -1;
    if (fd < 0 || ftruncate(fd, THREADS * sizeof(struct steps)) != 0)
        return 2;
    struct steps *s = mmap(NULL, THREADS * sizeof *s, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (s == MAP_FAILED)
        return 2;
    for (int i = 1; i < THREADS; i++)
        if (pthread_create(&id, NULL, work, &s[i]) != 0)
            return 2;
    work(&s[0]);
    return 0;
}
