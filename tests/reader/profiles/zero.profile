# Samples whose default value is always 0.
types alloc_objects/count alloc_space/bytes inuse_objects/count inuse_space/bytes
period space/bytes 524288
mapping 0x400000 0x500000 0x0 /usr/bin/freed - fnl
location 1 0x400100
line main|main|z.c|1|2|0
location 1 0x400200
line make|make|z.c|5|7|0
sample 5 5120 0 0: 2 1: bytes#1024
sample 1 100 0 0: 1: bytes#100
