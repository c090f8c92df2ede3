// A large C++ program, for the symbolizer to be compared with others on each of its addresses: the
// templates of the standard library, instantiated with many types, most of it inlined. It does not
// matter what it computes.
#include <algorithm>
#include <deque>
#include <filesystem>
#include <functional>
#include <future>
#include <iostream>
#include <list>
#include <map>
#include <memory>
#include <numeric>
#include <optional>
#include <random>
#include <regex>
#include <set>
#include <sstream>
#include <string>
#include <unordered_map>
#include <variant>
#include <vector>

namespace {

template <int N> struct item {
    std::string name;
    int number;
    std::variant<int, double, std::string> value;
    bool operator<(const item &other) const {
        return std::tie(number, name) < std::tie(other.number, other.name);
    }
};

template <int N> std::vector<item<N>> make(int n) {
    std::vector<item<N>> v;
    std::mt19937 random(N);
    for (int i = 0; i < n; i++) {
        item<N> it{std::to_string(random()), int(random() % 1000), {}};
        switch (i % 3) {
        case 0:
            it.value = i + N;
            break;
        case 1:
            it.value = i * 0.5;
            break;
        default:
            it.value = it.name;
        }
        v.push_back(std::move(it));
    }
    return v;
}

template <int N> double sum(const std::vector<item<N>> &v) {
    return std::accumulate(v.begin(), v.end(), 0.0, [](double a, const item<N> &i) {
        return a + std::visit(
                       [](const auto &x) {
                           if constexpr (std::is_same_v<std::decay_t<decltype(x)>, std::string>)
                               return double(x.size() + N);
                           else
                               return double(x);
                       },
                       i.value);
    });
}

template <int N> double containers(int n) {
    auto v = make<N>(n);
    std::sort(v.begin(), v.end());
    std::stable_sort(v.begin(), v.end(), [](auto &a, auto &b) { return a.name < b.name; });
    std::map<std::string, item<N>> by_name;
    std::multimap<int, std::shared_ptr<item<N>>> by_number;
    std::unordered_map<std::string, std::optional<int>> found;
    std::set<item<N>> all(v.begin(), v.end());
    std::deque<item<N>> last(v.begin(), v.end());
    std::list<item<N>> linked(v.rbegin(), v.rend());
    linked.sort();
    linked.unique([](auto &a, auto &b) { return a.number == b.number; });
    for (auto &i : v) {
        by_name[i.name] = i;
        by_number.emplace(i.number, std::make_shared<item<N>>(i));
        found[i.name] = i.number % 2 ? std::optional<int>(i.number) : std::nullopt;
    }
    std::regex digits("([0-9]+)-" + std::to_string(N) + "|[a-z]{2,5}x*");
    std::ostringstream out;
    for (auto &[name, i] : by_name)
        if (std::regex_match(name, digits) || found[name])
            out << name << ' ' << i.number << '\n';
    std::function<double(int)> later = [&](int k) { return sum(v) + k; };
    auto promise = std::async(std::launch::deferred, later, N);
    return promise.get() + double(out.str().size() + all.size() + last.size() + linked.size());
}

template <int... Ns> double everything(int n, std::integer_sequence<int, Ns...>) {
    return (containers<Ns>(n) + ...);
}

} // namespace

int main(int argc, char **argv) {
    double x = everything(argc * 10, std::make_integer_sequence<int, 24>());
    try {
        for (auto &e : std::filesystem::directory_iterator(argc > 1 ? argv[1] : "."))
            x += double(e.path().string().size());
    } catch (const std::filesystem::filesystem_error &e) {
        std::cerr << e.what() << '\n';
    }
    std::cout << x << '\n';
}
