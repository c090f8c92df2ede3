types samples/count
drop *bad(
period cpu/nanoseconds 1
location 0 0x10
line main|main|main.c|1|2|0
sample 3: 1:
