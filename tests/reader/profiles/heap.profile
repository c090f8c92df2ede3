# A heap whose four values differ, with frames of the allocator to drop.
types alloc_objects/count alloc_space/bytes inuse_objects/count inuse_space/bytes
default inuse_space
period space/bytes 524288
time 1700000001000000000
drop (std::)?malloc|operator new.*|calloc
keep malloc_kept
mapping 0x400000 0x500000 0x0 /usr/sbin/daemon feed fnl
mapping 0x7f0000000000 0x7f0000200000 0x0 /nonexistent/nonexistent/lib/libc.so.6 c0de fnl
location 1 0x400100
line main|main|/src/daemon/main.c|10|20|0
location 1 0x400200
line load_config|load_config|/src/daemon/config.c|30|44|0
location 1 0x400300
line cache::insert(std::string const&)|_ZN5cache6insertERKSs|/src/daemon/cache.cc|70|81|0
location 1 0x400400
line cache::~cache()|_ZN5cacheD1Ev|/src/daemon/cache.cc|90|92|0
location 2 0x7f0000000100
line malloc|malloc|/build/glibc/malloc.c|3000|3050|0
location 2 0x7f0000000200
line operator new(unsigned long)|_Znwm|/build/gcc/new_op.cc|43|50|0
location 1 0x400500
line malloc_kept|malloc_kept|/src/daemon/kept.c|5|6|0
location 1 0x400600
line calloc|calloc|/src/daemon/inl.c|1|2|0
line wrapper|wrapper|/src/daemon/inl.c|10|12|0
sample 100 1048576 50 524288: 5 2 1: bytes#10485
sample 2000 2097152 10 10240: 6 3 1: bytes#1024
sample 30 30720 30 30720: 5 6 3 2 1: bytes#1024
sample 7 7000 0 0: 4 1: bytes#1000
sample 9 90000 3 30000: 7 2 1: bytes#10000
sample 11 1100 11 1100: 8 1: bytes#100
sample 1 33554432 1 33554432: 5: bytes#33554432
