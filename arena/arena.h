/* The arena: everything that is recorded in one process, as a file that any other process can read.
 *
 * One mapping of a file `RUN_DIR/PID.START` (START: field 22 of /proc/PID/stat), written by the
 * agent, addressed by offsets from its start, never by pointers. All integers are in the machine's
 * byte order; a reader on the same machine checks magic, version and every bound, and trusts
 * nothing: the writer may be running, stopped in the middle of a store, dead, or hostile.
 *
 * Invariants, for a view of `size` bytes:
 *   - regions are disjoint, in the order of their fields, multiples of ARENA_UNIT, and end at
 *     or before `size`;
 *   - the file is sparse: unit i (bytes [i*ARENA_UNIT, (i+1)*ARENA_UNIT)) may be touched only if
 * bit i of the `reserved` bitmap is set. A unit is zero until it is written;
 *   - an arena_ref is an offset from the start / ARENA_ALIGN, and lies in the heap region; 0 is
 * none;
 *   - heap objects are written in full before a reference to them is stored (release), and never
 *     change or move afterwards, but for the fields marked atomic. Nothing is ever freed;
 *   - an index (stacks, buckets, labels) is a hash table of arena_entry, append-only: an entry goes
 *     from 0 to a reference once. Where in its region one is, is the writer's concern.
 *
 * Every atomic field may be written by any thread of the agent in any context (relaxed add, unless
 * said otherwise). */
#ifndef CPPROF_ARENA_ARENA_H
#define CPPROF_ARENA_ARENA_H

#include <stddef.h>
#include <stdint.h>

#define ARENA_MAGIC   UINT64_C(0x0a666f7270706363) /* "ccpprof\n" in memory */
#define ARENA_VERSION 4u
#define ARENA_UNIT    4096u
#define ARENA_ALIGN   16u

typedef uint32_t arena_ref;

/* An entry of an index, 0 if it is free: the reference in the lower half, in the upper one bits of
 * the hash, by which the writer need not look at what is something else. */
typedef uint64_t arena_entry;

static inline arena_entry arena_entry_of(arena_ref ref, uint32_t tag) {
    return (arena_entry)tag << 32 | ref;
}

static inline arena_ref arena_entry_ref(arena_entry e) {
    return (arena_ref)e;
}

static inline uint32_t arena_entry_tag(arena_entry e) {
    return (uint32_t)(e >> 32);
}

/* What a bucket counts. The profile kinds made of each are in arena/kinds.h. */
enum arena_event {
    ARENA_EVENT_CPU = 1, /* v: samples, nanoseconds */
    ARENA_EVENT_HEAP,   /* v: alloc_objects, alloc_bytes, inuse_objects, inuse_bytes; objects are in
                           units of 1/ARENA_OBJECT_ONE */
    ARENA_EVENT_MUTEX,  /* v: contentions, delay ns of the stack that waited; held_contentions,
                           held_delay ns of the stack that let the waiters go; a bucket has one pair
                           or the other */
    ARENA_EVENT_BLOCK,  /* v: contentions in units of 1/ARENA_OBJECT_ONE, delay ns */
    ARENA_EVENT_CREATE, /* v: threads made */
};

#define ARENA_OBJECT_ONE 65536
#define ARENA_VALUES     4

/* What was lost or cut, and what was done: one table gives the names (arena/counters.h). */
enum arena_counter {
    ARENA_CPU_SAMPLES,        /* ticks taken, overruns not counted */
    ARENA_HEAP_SAMPLES,       /* allocations sampled */
    ARENA_MUTEX_SAMPLES,      /* contended locks sampled */
    ARENA_BLOCK_SAMPLES,      /* waits sampled */
    ARENA_CREATE_SAMPLES,     /* threads made */
    ARENA_DROPPED_FULL,       /* samples that went to the table-full bucket */
    ARENA_DROPPED_BUSY,       /* no scratch buffer was free */
    ARENA_DROPPED_NO_STACK,   /* too little room on the stack to take a tick */
    ARENA_DROPPED_LIVE,       /* sampled blocks not followed: the live table was full */
    ARENA_DROPPED_STRINGS,    /* thread names not kept */
    ARENA_DROPPED_OBJECTS,    /* mapped objects not listed */
    ARENA_DROPPED_WAITERS,    /* sampled waits for locks whose holder could not be told: no room */
    ARENA_NO_SLOT,            /* threads without an entry of the agent's: too many */
    ARENA_TRUNCATED,          /* stacks cut at the depth limit */
    ARENA_LOST,               /* stacks that ended before the outermost frame */
    ARENA_NO_TIMER,           /* threads without a CPU timer: the kernel refused one */
    ARENA_UNCOVERED_MALLOC,   /* 1: the program's malloc is not the one we hook */
    ARENA_UNCOVERED_DEEPBIND, /* libraries opened with RTLD_DEEPBIND */
    ARENA_SANDBOXED,          /* 1: seccomp: no new timers, no dump from inside */
    ARENA_DUMPS,              /* dumps made */
    ARENA_COUNTERS
};

struct arena_region {
    uint64_t offset, bytes;
};

struct arena_header {
    uint64_t magic; /* stored last, release: an arena without it is not ready */
    uint32_t version;
    uint32_t header_bytes; /* sizeof(struct arena_header) */
    uint64_t size;         /* of the mapping and of the file, bytes */

    uint32_t pid;
    uint32_t uid;
    uint64_t start_ticks;       /* /proc/PID/stat field 22; 0 if unknown */
    int64_t start_realtime_ns;  /* when recording began: CLOCK_REALTIME */
    int64_t start_monotonic_ns; /* the same moment: CLOCK_MONOTONIC */
    uint64_t pid_namespace;     /* inode of /proc/PID/ns/pid, in which `pid` is its; 0 unknown */
    char exe[64];               /* base name the program was started as, for file names */

    /* Settings in force. */
    uint32_t cpu_rate_hz;
    uint32_t stack_depth;
    uint64_t heap_rate_bytes;
    uint64_t mutex_fraction;     /* 1 in so many contended locks is sampled; 0: off */
    uint64_t block_rate_ns;      /* a wait of d ns is kept with probability d/rate; 0: off */
    uint64_t mutex_threshold_ns; /* shorter waits are never recorded */
    uint64_t block_threshold_ns;

    uint32_t request_signo; /* atomic: the signal that requests come by, 0: none; see
                               arena/requests.h */
    /* CPU sampling by request, on top of cpu_rate_hz: the rate in force, 0: that of the settings,
     * and until when, in ns of CLOCK_MONOTONIC. */
    uint32_t cpu_window_hz;      /* atomic */
    int64_t cpu_window_until_ns; /* atomic */

    struct arena_region reserved;     /* bitmap, one bit a unit, least significant first */
    struct arena_region label_index;  /* arena_entry[] -> struct arena_string, thread names */
    struct arena_region threads;      /* struct arena_thread[] */
    struct arena_region stack_index;  /* arena_entry[] -> struct arena_stack */
    struct arena_region bucket_index; /* arena_entry[] -> struct arena_bucket */
    struct arena_region heap;

    uint64_t heap_next;   /* atomic: offset of the first free byte in the arena; may pass the end */
    arena_ref objects;    /* atomic: newest struct arena_object, a list */
    uint32_t epoch;       /* atomic: see struct arena_object */
    uint32_t thread_high; /* atomic: entries of `threads` ever used, from 0 */
    uint32_t next_seq;    /* atomic: sequence number of the next dump's files, from 1 */
    uint64_t counters[ARENA_COUNTERS]; /* atomic */
};

struct arena_string {
    uint32_t len; /* bytes, without the NUL */
    char s[];     /* len bytes and a NUL */
};

/* One executable mapping of a file, [vdso], or anonymous code (path "//anon"). When code is mapped
 * where other code had been, `epoch` of the header rises by one: an address in a stack of epoch e
 * lies in the object with epoch_first <= e <= epoch_last. */
struct arena_object {
    uint64_t start, end;  /* addresses [start, end) */
    uint64_t file_offset; /* of `start` in the file, bytes */
    uint64_t inode;
    uint32_t epoch_first;
    uint32_t epoch_last;  /* atomic; UINT32_MAX while mapped */
    arena_ref path;       /* struct arena_string */
    arena_ref next;       /* older object */
    uint8_t build_id_len; /* 0: none */
    uint8_t build_id[39];
};

/* Addresses below ARENA_PC_LIMIT stand for frames that are no code. */
enum arena_pc {
    ARENA_PC_TABLE_FULL = 1, /* [cpprof: table full] */
    ARENA_PC_TRUNCATED,      /* [cpprof: stack truncated], as the root frame */
    ARENA_PC_LOST,           /* [cpprof: unwinding ended], as the root frame */
    ARENA_PC_NO_HOLDER,      /* [cpprof: holder unknown] */
    ARENA_PC_NO_STACK,       /* [cpprof: no stack]: a thread that did not answer */
    ARENA_PC_LIMIT = 4096,
};

struct arena_stack {
    uint64_t hash; /* of epoch and pcs */
    uint32_t epoch;
    uint32_t depth; /* 1 <= depth <= stack_depth + 1 */
    uint64_t pc[];  /* leaf first; addresses as they go into a profile (return address - 1) */
};

struct arena_bucket {
    arena_ref stack;
    arena_ref label;         /* thread name: struct arena_string, or 0 */
    uint32_t event;          /* enum arena_event */
    uint32_t detail;         /* heap: the block size, rounded up to a size class, bytes;
                                block: enum arena_wait; mutex: 1 for a holder; else 0 */
    int64_t v[ARENA_VALUES]; /* atomic */
};

/* A thread that was sampled. */
struct arena_thread {
    uint32_t tid;     /* atomic: 0 is a free entry; claimed by CAS, given back at thread exit */
    arena_ref label;  /* atomic: its name when last sampled */
    uint64_t cpu_ns;  /* atomic */
    uint64_t samples; /* atomic */
};

#endif
