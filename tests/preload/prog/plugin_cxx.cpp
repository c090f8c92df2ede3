// A C++ library for a C program: it brings libstdc++ in by itself, and uses all of new and delete.
#include <memory>
#include <new>
#include <stdexcept>
#include <string>
#include <vector>

struct alignas(64) Wide {
    char bytes[192];
};

static volatile std::size_t huge = std::size_t(1) << 60;
static char *volatile kept;

extern "C" int plugin_run(int n) {
    int caught = 0;
    for (int i = 0; i < n; i++) {
        std::vector<std::string> names(20, std::string(100 + i % 50, 'x'));
        auto wide = std::make_unique<Wide[]>(3);
        if (reinterpret_cast<std::uintptr_t>(wide.get()) % 64 != 0)
            return -1;
        kept = new (std::nothrow) char[5000];
        delete[] kept;
        try {
            if (names[3].size() > 10)
                throw std::runtime_error(names[2]);
        } catch (const std::exception &e) {
            caught += e.what()[0] == 'x';
        }
        try {
            kept = new char[huge];
            delete[] kept;
        } catch (const std::bad_alloc &) {
            caught++;
        }
    }
    return caught;
}
