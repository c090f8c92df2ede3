# Sample types in all kinds of units.
types events/count wall/milliseconds heap/kilobytes cpu/seconds energy/GCU custom/furlongs rate/ ratio/percent
default wall
period cpu/seconds 1
time 1500000000000000000
duration 90000000000
mapping 0x400000 0x500000 0x0 /opt/units/prog - fnl
location 1 0x400100
line main|main|u.c|1|2|0
location 1 0x400200
line one|one|u.c|10|11|0
location 1 0x400300
line two|two|u.c|20|21|0
location 1 0x400400
line three|three|u.c|30|31|0
sample 1 15000 2048 3 5 7 1 50: 2 1: bytes#100
sample 100 3600000 1048576 7200 5000 70000 2 25: 3 1: bytes#5000 time#5ms
sample 10000 12 1 0 0 1 3 12: 4 3 1: bytes#70000 time#2s
sample 3 999 1023 59 1 1 4 6: 1:
sample 12345678 1 1 1 1 1 5 3: 4 1: bytes#1048576 time#90us
