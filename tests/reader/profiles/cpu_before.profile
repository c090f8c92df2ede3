types samples/count cpu/milliseconds
period cpu/milliseconds 10
time 1700000000000000000
duration 10000000000
comment before
mapping 0x400000 0x500000 0x0 /usr/bin/server - fnl
location 1 0x401000
line main|main|main.c|10|12|0
location 1 0x401100
line parse|parse|parse.c|20|25|0
location 1 0x401300
line gone|gone|gone.c|3|4|0
sample 100 1000: 2 1: thread=worker
sample 50 500: 1: thread=worker
sample 25 250: 3 2 1: thread=main
