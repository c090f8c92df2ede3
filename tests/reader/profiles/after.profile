# The same daemon later, mapped elsewhere, with other units, more types, one mapping more.
types inuse_objects/count alloc_space/kilobytes inuse_space/bytes alloc_objects/count freed/count
default inuse_space
period space/bytes 1048576
time 1700000061000000000
duration 60000000000
comment after
mapping 0x500000 0x600000 0x0 /usr/sbin/daemon feed fnl
mapping 0x7e0000000000 0x7e0000100000 0x0 /nonexistent/lib/unused.so beef -
mapping 0x7f1000000000 0x7f1000200000 0x0 /nonexistent/nonexistent/lib/libc.so.6 c0de -
location 1 0x500100
line main|main|/src/daemon/main.c|10|20|0
location 1 0x500200
line load_config|load_config|/src/daemon/config.c|30|44|0
location 1 0x500300
line cache::insert(std::string const&)|_ZN5cache6insertERKSs|/src/daemon/cache.cc|70|81|0
location 3 0x7f1000000100
line malloc|malloc|/build/glibc/malloc.c|3000|3050|0
location 1 0x500700
line reload|reload|/src/daemon/config.c|60|66|0
sample 50 2048 524288 200 1: 4 2 1: bytes#10485
sample 40 5 40960 50 2: 4 3 2 1: bytes#1024
sample 400 1000 409600 800 3: 4 5 1: bytes#1024
sample 1 32768 33554432 1 0: 4: bytes#33554432
