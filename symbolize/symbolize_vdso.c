/* The image is a whole ELF file in memory, section headers included; it is copied into a memfd so
 * that it can be read like any other. Its length is where its last part ends: the kernel maps no
 * more than that, rounded up to pages. */
#include "symbolize/symbolize_vdso.h"

#include <elf.h>
#include <errno.h>
#include <link.h>
#include <stdint.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <unistd.h>

static size_t image_bytes(const char *image) {
    const ElfW(Ehdr) *header = (const void *)image;
    const ElfW(Phdr) *segments = (const void *)(image + header->e_phoff);
    size_t end = header->e_shoff + (size_t)header->e_shnum * header->e_shentsize;

    for (int i = 0; i < header->e_phnum; i++)
        if (segments[i].p_offset + segments[i].p_filesz > end)
            end = segments[i].p_offset + segments[i].p_filesz;
    return end;
}

static int write_all(int fd, const char *bytes, size_t n) {
    while (n > 0) {
        ssize_t written = write(fd, bytes, n);

        if (written < 0 && errno == EINTR)
            continue;
        if (written < 0)
            return -errno;
        bytes += written;
        n -= (size_t)written;
    }
    return 0;
}

int vdso_image_open(void) {
    const char *image = (const char *)getauxval(AT_SYSINFO_EHDR);
    int fd, rc;

    if (!image || memcmp(image, ELFMAG, SELFMAG) != 0)
        return -ENOENT;
    fd = memfd_create("vdso", MFD_CLOEXEC);
    if (fd < 0)
        return -errno;
    rc = write_all(fd, image, image_bytes(image));
    if (rc < 0) {
        close(fd);
        return rc;
    }
    return fd;
}
