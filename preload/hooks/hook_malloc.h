/* What the rest of the agent asks of the allocator hooks. */
#ifndef CPPROF_PRELOAD_HOOK_MALLOC_H
#define CPPROF_PRELOAD_HOOK_MALLOC_H

/* Resolves the real allocator; also done by the first allocation. Not async-signal-safe. */
void hook_malloc_init(void);

/* The real malloc, once resolved: tells which object the allocator is. */
void *hook_malloc_real(void);

/* Finds out whether blocks of the dynamic loader are to be left alone. From agent_init. */
void hook_malloc_find_loader(void);

/* Resolves operator new and delete, and decides whether they are to be counted. From agent_init. */
void hook_new_init(void);

#endif
