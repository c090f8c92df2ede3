/* Exceptions thrown through frames with destructors. */
#include <map>
#include <stdexcept>
#include <string>
#include <vector>

namespace {

struct Guard {
    std::string text;
    explicit Guard(int n) : text(static_cast<size_t>(n % 40 + 1), 'x') {
    }
    ~Guard() {
        text.clear();
    }
};

volatile unsigned sink;

__attribute__((noinline)) int descend(int depth, std::map<int, std::string> &seen) {
    Guard guard(depth * 7);

    seen[depth % 17] += guard.text.substr(0, 3);
    if (depth == 0)
        throw std::runtime_error(guard.text);
    return descend(depth - 1, seen) + static_cast<int>(guard.text.size());
}

} // namespace

extern "C" void work() {
    std::map<int, std::string> seen;

    for (int depth = 1; depth < 12; depth++) {
        try {
            sink = sink + static_cast<unsigned>(descend(depth, seen));
        } catch (const std::exception &e) {
            sink = sink + static_cast<unsigned>(std::string(e.what()).size());
        }
    }
}
