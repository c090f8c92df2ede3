/* The least that a library in front of libc can be: the calls that servers make all the time, each
 * handed on to the next function of its name, and nothing else. What that costs a server, no
 * preloaded profiler goes below. Built as a library, for LD_PRELOAD. */
#include <dlfcn.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

/* An allocator is asked before the constructor has run. */
extern void *__libc_malloc(size_t bytes);
extern void *__libc_calloc(size_t n, size_t bytes);
extern void *__libc_realloc(void *p, size_t bytes);
extern void __libc_free(void *p);

static struct {
    void *(*malloc)(size_t);
    void *(*calloc)(size_t, size_t);
    void *(*realloc)(void *, size_t);
    void (*free)(void *);
} allocator = {__libc_malloc, __libc_calloc, __libc_realloc, __libc_free};

void *malloc(size_t bytes) {
    return allocator.malloc(bytes);
}
void *calloc(size_t n, size_t bytes) {
    return allocator.calloc(n, bytes);
}
void *realloc(void *p, size_t bytes) {
    return allocator.realloc(p, bytes);
}
void free(void *p) {
    allocator.free(p);
}

/* X(name, result, parameters, arguments) */
#define CALLS(X)                                                                                   \
    X(read, ssize_t, (int fd, void *to, size_t n), (fd, to, n))                                    \
    X(write, ssize_t, (int fd, const void *from, size_t n), (fd, from, n))                         \
    X(readv, ssize_t, (int fd, const struct iovec *to, int n), (fd, to, n))                        \
    X(writev, ssize_t, (int fd, const struct iovec *from, int n), (fd, from, n))                   \
    X(recv, ssize_t, (int fd, void *to, size_t n, int flags), (fd, to, n, flags))                  \
    X(send, ssize_t, (int fd, const void *from, size_t n, int flags), (fd, from, n, flags))        \
    X(recvmsg, ssize_t, (int fd, struct msghdr *to, int flags), (fd, to, flags))                   \
    X(sendmsg, ssize_t, (int fd, const struct msghdr *from, int flags), (fd, from, flags))         \
    X(poll, int, (struct pollfd * of, nfds_t n, int ms), (of, n, ms))                              \
    X(epoll_wait, int, (int fd, struct epoll_event *to, int n, int ms), (fd, to, n, ms))

#define REAL(name, result, parameters, arguments) result(*name) parameters;
static struct { CALLS(REAL) } real;

#define FIND(name, ...) real.name = (__typeof__(real.name))dlsym(RTLD_NEXT, #name);
/* Constructors of other libraries, which may run before, call some. */
__attribute__((constructor)) static void find(void){CALLS(FIND)}

#define HOOK(name, result, parameters, arguments)                                                  \
    result name parameters {                                                                       \
        if (__builtin_expect(!real.name, 0))                                                       \
            find();                                                                                \
        return real.name arguments;                                                                \
    }
CALLS(HOOK)
