# Labels of every form: texts, several of one key, numbers with and without units, of two units.
types samples/count cpu/nanoseconds
period cpu/nanoseconds 10000000
time 1700000000123456789
duration 10000000000
comment first comment
comment #hidden comment
comment first comment
mapping 0x400000 0x500000 0x0 /usr/bin/server deadbeef fnl
mapping 0x7f0000000000 0x7f0000100000 0x1000 /nonexistent/lib/libc.so.6 0123 fnl
location 1 0x401000
line main|main|main.c|10|12|0
location 1 0x401100
line parse|parse|parse.c|20|25|0
location 1 0x401200
line serve|serve|serve.c|30|39|0
location 2 0x7f0000001000
line malloc|malloc|malloc.c|100|150|0
location 2 0x7f0000002000
line read|read|read.c|7|9|0
sample 10 100000000: 4 2 1: thread=worker bytes#4096 request#17
sample 20 200000000: 2 1: thread=worker thread=second latency#15milliseconds
sample 30 300000000: 5 3 1: thread=main latency#2seconds bytes#16
sample 5 50000000: 3 1: thread=main\_loop alignment#64 count#-3
sample 7 70000000: 1: state=running weight#12kilobytes
sample 3 30000000: 4 3 1: thread=worker size#1024bytes size#2048
sample 2 20000000: 5 1: size#7
sample 1 10000000: 1:
sample 4 40000000: 3 1: thread=worker key:odd=va,lue a=b
