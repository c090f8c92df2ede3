# Names that need care: operators, templates, packages, quotes, backslashes, UTF-8, none at all.
types samples/count cpu/nanoseconds
period cpu/nanoseconds 10000000
duration 1234567890
drop abort|raise
doc https://example.com/doc?a=b&c=d
mapping 0x400000 0x500000 0x0 /usr/bin/odd\_name abc123 fnl
mapping 0x600000 0x700000 0x0 [vdso] - -
mapping 0x800000 0x900000 0x2000 - - -
mapping 0xa00000 0xb00000 0x0 //anon - -
location 1 0x400010
line std::vector<int, std::allocator<int> >::push_back(int&&)|_ZNSt6vectorIiSaIiEE9push_backEOi|/usr/include/c++/12/bits/stl_vector.h|1280|1287|0
location 1 0x400020
line (anonymous namespace)::worker::operator()(char const*) const|_ZNK12_GLOBAL__N_16workerclEPKc|dir with space/file.cc|3|4|0
location 1 0x400030
line github.com/user/project/v2/pkg.(*Type[...]).Method.func1|-|/go/src/github.com/user/project/v2/pkg/type.go|50|61|0
location 1 0x400040
line com.example.Outer$Inner.run|-|Outer.java|5|6|0
location 1 0x400050
line größe_日本|-|ünï.c|1|1|0
location 1 0x400060
line "quoted\path<tag>&amp;|-|C:\src\a.c|0|0|0
location 1 0x400070
line -|-|noname.c|3|3|0
location 1 0x400080
line nofile|-|-|0|0|0
location 1 0x400090
location 2 0x600020
location 3 0x800030
location 4 0xa00040
location 0 0xdeadbeef
location 0 0x0
line generated_code|-|-|0|0|0
location 1 0x4000a0 folded
line folded|folded|fold.c|9|10|0
location 1 0x4000b0
line operator new(unsigned long)|_Znwm|new_op.cc|43|50|0
location 1 0x4000c0
line a_very_long_name_a_very_long_name_a_very_long_name_a_very_long_name_a_very_long_name_a_very_long_name_a_very_long_name|-|/a/very/long/path/to/a/file/in/a/very/long/path/to/a/file/in/a/very/long/path/to/a/file.c|1|2|0
location 1 0x4000d0
line main|main|/home/user/src/main.c|100|110|0
location 1 0x4000e0
line main|main|/home/other/src/main.c|100|110|0
location 1 0x4000f0
line abort|abort|abort.c|1|2|0
location 1 0x400100
line two\nlines|-|nl.c|1|2|0
sample 1 10000000: 1 18:
sample 2 20000000: 2 1 18:
sample 3 30000000: 3 18:
sample 4 40000000: 4 3 18:
sample 5 50000000: 5 4 18:
sample 6 60000000: 6 18:
sample 7 70000000: 7 19:
sample 8 80000000: 8 18:
sample 9 90000000: 9 18:
sample 10 100000000: 10 18:
sample 11 110000000: 11 18:
sample 12 120000000: 12 18:
sample 13 130000000: 13 18:
sample 14 140000000: 14 19:
sample 15 150000000: 15 18:
sample 16 160000000: 16 2 18:
sample 17 170000000: 17 18:
sample 18 180000000: 20 8 18:
sample 2 20000000: 20:
sample 1 10000000: 21 18:
sample 19 190000000:
