/* Dumps: profiles of this process, written by a short-lived process of their own. */
#ifndef CPPROF_PRELOAD_DUMP_H
#define CPPROF_PRELOAD_DUMP_H

/* What is asked for. */
enum dump_work {
    DUMP_FILES = 2, /* profiles, preload/dump_files.h */
    DUMP_RECORD =
        4, /* a record of threads for another process, preload/threads/threads_collect.h */
};

/* Asks for it, and returns at once. A request while a dumper runs is remembered. Nothing happens in
 * a sandbox. Async-signal-safe; keeps errno. */
void dump_request(enum dump_work work);

/* The process ends, or is about to exec: dumps if anything was sampled and the settings ask for it,
 * waits for the raw files (bounded), and removes the arena. Does nothing in a child that shares its
 * parent's memory, and the second time at exit. Async-signal-safe; keeps errno. */
void dump_at_exit(void);
void dump_at_exec(void);

/* Starts a dump that was asked for while no dumper could run. Called at each tick; cheap. */
void dump_retry(void);

/* In a forked child. */
void dump_fork_child(void);

#endif
