# No samples at all.
types samples/count cpu/nanoseconds
period cpu/nanoseconds 10000000
time 1700000000000000000
mapping 0x400000 0x500000 0x0 /usr/bin/idle - -
