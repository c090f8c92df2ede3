/* Functions that align the stack as they are entered, and copy their return address. */
void work(void);

static volatile unsigned sink;

static __attribute__((noinline, force_align_arg_pointer)) unsigned aligned_entry(unsigned n) {
    volatile unsigned array[n + 4];

    array[n] = n ? aligned_entry(n - 1) : 1;
    return array[n] + sink;
}

void work(void) {
    for (unsigned n = 0; n < 12; n++)
        sink += aligned_entry(n);
}
