# Values below zero, and sums that cancel out.
types objects/count space/bytes
default space
period space/bytes 524288
mapping 0x1000 0x2000 0x0 /bin/diffed - fnl
location 1 0x1000
line main|main|m.c|1|2|0
location 1 0x1010
line grow|grow|m.c|10|12|0
location 1 0x1020
line shrink|shrink|m.c|20|22|0
location 1 0x1030
line balance|balance|m.c|30|33|0
location 1 0x1040
line helper|helper|h.c|5|6|0
sample 10 102400: 2 1: bytes#10240
sample -5 -51200: 3 1: bytes#10240
sample 7 7168: 4 1: bytes#1024
sample -7 -7168: 4 1: bytes#1024
sample -4 -128: 5 3 1: bytes#32
sample 3 96: 5 2 1: bytes#32
sample 0 0: 5 1: bytes#8
sample 1 1099511627776: 5 5 1: bytes#1099511627776
