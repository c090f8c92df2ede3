/* Assembly that says nothing about its frames: with a frame pointer, without, and a leaf. */
void work(void);
void framed(void (*callee)(unsigned), unsigned n);
void leaf(unsigned n);
void pushing(unsigned n);

__asm__(".text\n"
        ".globl framed, leaf, pushing\n"
        ".hidden leaf\n"
        ".type framed, @function\n"
        "framed:\n"
        "  push %rbp\n"
        "  mov %rsp, %rbp\n"
        "  sub $48, %rsp\n"
        "  mov %rdi, %rax\n"
        "  mov %esi, %edi\n"
        "  call *%rax\n"
        "  mov %rbp, %rsp\n"
        "  pop %rbp\n"
        "  ret\n"
        ".size framed, . - framed\n"
        ".type leaf, @function\n"
        "leaf:\n"
        "1: dec %edi\n"
        "  jns 1b\n"
        "  ret\n"
        ".size leaf, . - leaf\n"
        ".type pushing, @function\n"
        "pushing:\n"
        "  push %rbx\n"
        "  push %r12\n"
        "  mov %edi, %ebx\n"
        "1: dec %ebx\n"
        "  jns 1b\n"
        "  pop %r12\n"
        "  pop %rbx\n"
        "  ret\n"
        ".size pushing, . - pushing\n");

static volatile unsigned sink;

static __attribute__((noinline)) void callee(unsigned n) {
    for (unsigned i = 0; i < n; i++)
        sink += i;
    leaf(n);
    sink++;
}

void work(void) {
    for (unsigned n = 0; n < 300; n++) {
        framed(callee, n);
        leaf(n);
        pushing(n);
        sink += n;
    }
}
