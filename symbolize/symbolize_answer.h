/* What is known about a list of addresses of one file: plain arrays that refer to each other by
 * index, so that one process can build them and another read them.
 *
 *   spans[i]            the frames of address i: frames[first .. first + n), innermost first
 *   frames[].function   < n_functions
 *   every string        an offset into text; text[0] is "" and text ends with a NUL
 *
 * An answer that was received has been checked for all of this; nothing else about it is to be
 * trusted, since its sender read a file that may be hostile.
 *
 * `int` results are 0 or a negative errno. Not async-signal-safe: malloc. One thread at a time per
 * answer. */
#ifndef CPPROF_SYMBOLIZE_ANSWER_H
#define CPPROF_SYMBOLIZE_ANSWER_H

#include <stddef.h>
#include <stdint.h>

enum answer_status {
    ANSWER_OK,        /* the file is the one that was mapped */
    ANSWER_UNCHECKED, /* there was no build ID to check that with */
    ANSWER_REFUSED,   /* not used; `note` says why; no address has frames */
};

struct answer_function {
    uint32_t name, system_name, file; /* offsets into text */
    uint32_t start_line;              /* 0 when unknown */
};

struct answer_frame {
    uint32_t function;
    uint32_t line; /* 0 when unknown */
};

struct answer_span {
    uint32_t first, n;
    uint32_t offset; /* of the address in its outermost function; 0 when unknown */
};

struct answer {
    uint32_t status; /* enum answer_status */
    uint32_t note;   /* offset into text */
    struct answer_span *spans;
    struct answer_frame *frames;
    struct answer_function *functions;
    char *text;
    uint32_t n_spans, n_frames, n_functions, n_text;

    /* The builder's own, not sent: capacities, and hash tables of what is there already. */
    uint32_t frames_cap, functions_cap, text_cap;
    uint32_t *function_slots, *text_slots;
    uint32_t function_slots_n, text_slots_n, n_strings;
    int error; /* the first failure to grow; answer_send returns it */
};

/* An empty answer for n addresses; to be released also after an error. -ENOMEM. */
int answer_init(struct answer *a, uint32_t n_addresses);
void answer_release(struct answer *a); /* a zeroed answer is allowed */

/* Adds a string (NULL is ""), a function, a frame; equal strings and functions are kept once. The
 * frame goes to the end of the frames: the caller sets the span. Returns the offset or index, 0
 * when memory ran out (see `error`). */
uint32_t answer_string(struct answer *a, const char *s);
uint32_t answer_function(struct answer *a, struct answer_function function);
uint32_t answer_frame(struct answer *a, uint32_t function, uint32_t line);

/* Writes to, and reads from, a stream socket. answer_receive fills a zeroed *a for `n_addresses`
 * and waits at most `timeout_ms` in all: -ETIMEDOUT; -EPIPE when the sender ended; -EPROTO when
 * what came is no valid answer. */
int answer_send(const struct answer *a, int socket);
int answer_receive(struct answer *a, int socket, uint32_t n_addresses, int timeout_ms);

#endif
