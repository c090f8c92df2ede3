/* The vdso: code that the kernel maps into every process and that is in no file.
 *
 * Not async-signal-safe. Any thread. */
#ifndef CPPROF_SYMBOLIZE_VDSO_H
#define CPPROF_SYMBOLIZE_VDSO_H

/* A descriptor of a file that holds this process's own vdso, the caller's to close; or -ENOENT when
 * there is none, or -errno. Whether it is the profiled process's vdso too, its build ID tells. */
int vdso_image_open(void);

#endif
