// ops_new: operator new + delete of mixed sizes; prints the CPU time of one pair in nanoseconds.
#include <cstdint>
#include <cstdio>
#include <ctime>

namespace {

int64_t now_ns() {
    timespec ts;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &ts);
    return ts.tv_sec * INT64_C(1000000000) + ts.tv_nsec;
}

void pairs(long count) {
    static char *live[1024];
    uint32_t x = 12345;
    for (long i = 0; i < count; i++) {
        x = x * 1664525 + 1013904223;
        char *&p = live[x >> 8 & 1023];
        delete[] p;
        p = new char[16 + (x >> 20)];
        asm volatile("" : "+r"(p) : : "memory");
    }
}

} // namespace

int main() {
    const long count = 3000000;
    pairs(count / 20);
    int64_t start = now_ns();
    pairs(count);
    printf("%.3f\n", static_cast<double>(now_ns() - start) / count);
    return 0;
}
