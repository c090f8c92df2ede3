# Inlined calls, recursion, columns, a function that is inlined here and called there.
types samples/count cpu/nanoseconds
period cpu/nanoseconds 1000000
time 1600000000000000000
duration 5500000000
mapping 0x400000 0x500000 0x0 /usr/bin/inl - fnli
location 1 0x401000
line leaf|leaf|a.c|10|12|3
line middle|middle|b.c|20|24|7
line main|main|a.c|1|5|0
location 1 0x401010
line leaf|leaf|a.c|10|13|9
line main|main|a.c|1|6|2
location 1 0x401020
line leaf|leaf|a.c|10|12|3
location 1 0x401030
line main|main|a.c|1|7|1
location 1 0x401040
line fact|fact|f.c|3|4|1
location 1 0x401048
line fact|fact|f.c|3|5|2
line middle|middle|b.c|20|22|1
location 1 0x401050
line middle|middle|b.c|20|22|1
sample 3 3000000: 1:
sample 4 4000000: 2:
sample 5 5000000: 3 4:
sample 6 6000000: 5 5 5 4:
sample 2 2000000: 5 6 4:
sample 1 1000000: 3 7 4:
sample 8 8000000: 3 5 5 6:
