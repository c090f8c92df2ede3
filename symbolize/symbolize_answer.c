/* The arrays of an answer, built with two small hash tables (open addressing, indices + 1 in the
 * slots, at most half full) and sent as they lie in memory: sender and receiver are the same
 * program. The receiver checks every count against a limit and every index against its array. */
#include "symbolize/symbolize_answer.h"

#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include "base/clock.h"
#include "proto/hash.h"

enum {
    MAX_FRAMES = 1 << 26,
    MAX_FUNCTIONS = 1 << 24,
    MAX_TEXT_BYTES = 512 << 20,
};

struct header {
    uint32_t status, note, n_spans, n_frames, n_functions, n_text;
};

int answer_init(struct answer *a, uint32_t n_addresses) {
    *a = (struct answer){.n_spans = n_addresses};
    a->spans = calloc((size_t)n_addresses + 1, sizeof(*a->spans));
    a->text = calloc(1, 1);
    a->n_text = a->text_cap = 1;
    return a->spans && a->text ? 0 : -ENOMEM;
}

void answer_release(struct answer *a) {
    free(a->spans);
    free(a->frames);
    free(a->functions);
    free(a->text);
    free(a->function_slots);
    free(a->text_slots);
    *a = (struct answer){0};
}

/* Makes room for `more` elements after `n`. */
static bool grow(struct answer *a, void *array, uint32_t *cap, uint32_t n, uint32_t more,
                 uint32_t max, size_t element_bytes) {
    void **slot = array;
    uint64_t want = (uint64_t)n + more;
    void *grown;

    if (want <= *cap)
        return true;
    if (want > max) {
        a->error = -E2BIG;
        return false;
    }
    want = want * 2 < max ? want * 2 : max;
    grown = realloc(*slot, want * element_bytes);
    if (!grown) {
        a->error = -ENOMEM;
        return false;
    }
    *slot = grown;
    *cap = (uint32_t)want;
    return true;
}

static uint64_t text_hash(const struct answer *a, uint32_t offset) {
    return hash_bytes(a->text + offset, strlen(a->text + offset), 0);
}

static uint64_t function_hash(const struct answer *a, uint32_t index) {
    return hash_bytes((const char *)&a->functions[index], sizeof(a->functions[index]), 0);
}

/* Doubles a hash table of `used` entries when it is half full. */
static bool rehash(struct answer *a, uint32_t **slots, uint32_t *n_slots, uint32_t used,
                   uint64_t (*hash)(const struct answer *, uint32_t)) {
    uint32_t n = *n_slots ? *n_slots * 2 : 1024;
    uint32_t *bigger;

    if (used * 2 < *n_slots)
        return true;
    bigger = calloc(n, sizeof(*bigger));
    if (!bigger) {
        a->error = -ENOMEM;
        return false;
    }
    for (uint32_t i = 0; i < *n_slots; i++) {
        uint32_t at;

        if ((*slots)[i] == 0)
            continue;
        at = (uint32_t)hash(a, (*slots)[i] - 1) & (n - 1);
        while (bigger[at] != 0)
            at = (at + 1) & (n - 1);
        bigger[at] = (*slots)[i];
    }
    free(*slots);
    *slots = bigger;
    *n_slots = n;
    return true;
}

uint32_t answer_string(struct answer *a, const char *s) {
    size_t n = s ? strlen(s) : 0;
    uint32_t at, offset = a->n_text;

    if (n == 0)
        return 0;
    if (n >= MAX_TEXT_BYTES) {
        a->error = -E2BIG;
        return 0;
    }
    if (!rehash(a, &a->text_slots, &a->text_slots_n, a->n_strings, text_hash))
        return 0;
    at = (uint32_t)hash_bytes(s, n, 0) & (a->text_slots_n - 1);
    for (; a->text_slots[at] != 0; at = (at + 1) & (a->text_slots_n - 1))
        if (strcmp(a->text + a->text_slots[at] - 1, s) == 0)
            return a->text_slots[at] - 1;
    if (!grow(a, &a->text, &a->text_cap, offset, (uint32_t)n + 1, MAX_TEXT_BYTES, 1))
        return 0;
    memcpy(a->text + offset, s, n + 1);
    a->n_text += (uint32_t)n + 1;
    a->n_strings++;
    a->text_slots[at] = offset + 1;
    return offset;
}

uint32_t answer_function(struct answer *a, struct answer_function function) {
    uint32_t at, index = a->n_functions;

    if (!rehash(a, &a->function_slots, &a->function_slots_n, index, function_hash))
        return 0;
    at = (uint32_t)hash_bytes((const char *)&function, sizeof(function), 0);
    for (at &= a->function_slots_n - 1; a->function_slots[at] != 0;
         at = (at + 1) & (a->function_slots_n - 1))
        if (memcmp(&a->functions[a->function_slots[at] - 1], &function, sizeof(function)) == 0)
            return a->function_slots[at] - 1;
    if (!grow(a, &a->functions, &a->functions_cap, index, 1, MAX_FUNCTIONS, sizeof(function)))
        return 0;
    a->functions[index] = function;
    a->n_functions++;
    a->function_slots[at] = index + 1;
    return index;
}

uint32_t answer_frame(struct answer *a, uint32_t function, uint32_t line) {
    struct answer_frame frame = {function, line};

    if (!grow(a, &a->frames, &a->frames_cap, a->n_frames, 1, MAX_FRAMES, sizeof(frame)))
        return 0;
    a->frames[a->n_frames] = frame;
    return a->n_frames++;
}

static int send_all(int socket, const void *bytes, size_t n) {
    const char *from = bytes;

    while (n > 0) {
        ssize_t sent = send(socket, from, n, MSG_NOSIGNAL);

        if (sent < 0 && errno == EINTR)
            continue;
        if (sent < 0)
            return -errno;
        from += sent;
        n -= (size_t)sent;
    }
    return 0;
}

int answer_send(const struct answer *a, int socket) {
    struct header h = {a->status, a->note, a->n_spans, a->n_frames, a->n_functions, a->n_text};
    int rc;

    if (a->error)
        return a->error;
    rc = send_all(socket, &h, sizeof(h));
    if (rc == 0)
        rc = send_all(socket, a->spans, a->n_spans * sizeof(*a->spans));
    if (rc == 0)
        rc = send_all(socket, a->frames, a->n_frames * sizeof(*a->frames));
    if (rc == 0)
        rc = send_all(socket, a->functions, a->n_functions * sizeof(*a->functions));
    return rc == 0 ? send_all(socket, a->text, a->n_text) : rc;
}

static int64_t now_ms(void) {
    return clock_ns(CLOCK_MONOTONIC) / 1000000;
}

static int receive_all(int socket, void *bytes, size_t n, int64_t deadline_ms) {
    char *to = bytes;

    while (n > 0) {
        int64_t left_ms = deadline_ms - now_ms();
        struct pollfd pfd = {.fd = socket, .events = POLLIN};
        ssize_t got;

        if (left_ms <= 0)
            return -ETIMEDOUT;
        if (poll(&pfd, 1, (int)left_ms) <= 0)
            continue;
        got = recv(socket, to, n, MSG_DONTWAIT);
        if (got == 0 || (got < 0 && errno == ECONNRESET))
            return -EPIPE;
        if (got < 0 && errno != EINTR && errno != EAGAIN)
            return -errno;
        if (got > 0) {
            to += got;
            n -= (size_t)got;
        }
    }
    return 0;
}

static bool header_valid(const struct header *h, uint32_t n_addresses) {
    return h->status <= ANSWER_REFUSED && h->n_spans == n_addresses && h->n_frames <= MAX_FRAMES &&
           h->n_functions <= MAX_FUNCTIONS && h->n_text >= 1 && h->n_text <= MAX_TEXT_BYTES &&
           h->note < h->n_text;
}

static bool arrays_valid(const struct answer *a) {
    if (a->text[0] != 0 || a->text[a->n_text - 1] != 0)
        return false;
    for (uint32_t i = 0; i < a->n_spans; i++)
        if (a->spans[i].first > a->n_frames || a->spans[i].n > a->n_frames - a->spans[i].first)
            return false;
    for (uint32_t i = 0; i < a->n_frames; i++)
        if (a->frames[i].function >= a->n_functions)
            return false;
    for (uint32_t i = 0; i < a->n_functions; i++) {
        const struct answer_function *f = &a->functions[i];

        if (f->name >= a->n_text || f->system_name >= a->n_text || f->file >= a->n_text)
            return false;
    }
    return true;
}

int answer_receive(struct answer *a, int socket, uint32_t n_addresses, int timeout_ms) {
    int64_t deadline_ms = now_ms() + timeout_ms;
    struct header h;
    int rc = receive_all(socket, &h, sizeof(h), deadline_ms);

    if (rc < 0)
        return rc;
    if (!header_valid(&h, n_addresses))
        return -EPROTO;
    *a = (struct answer){.status = h.status,
                         .note = h.note,
                         .n_spans = h.n_spans,
                         .n_frames = h.n_frames,
                         .n_functions = h.n_functions,
                         .n_text = h.n_text};
    a->spans = calloc((size_t)h.n_spans + 1, sizeof(*a->spans));
    a->frames = calloc((size_t)h.n_frames + 1, sizeof(*a->frames));
    a->functions = calloc((size_t)h.n_functions + 1, sizeof(*a->functions));
    a->text = calloc(h.n_text, 1);
    if (!a->spans || !a->frames || !a->functions || !a->text)
        return -ENOMEM;
    rc = receive_all(socket, a->spans, h.n_spans * sizeof(*a->spans), deadline_ms);
    if (rc == 0)
        rc = receive_all(socket, a->frames, h.n_frames * sizeof(*a->frames), deadline_ms);
    if (rc == 0)
        rc = receive_all(socket, a->functions, h.n_functions * sizeof(*a->functions), deadline_ms);
    if (rc == 0)
        rc = receive_all(socket, a->text, h.n_text, deadline_ms);
    return rc == 0 && !arrays_valid(a) ? -EPROTO : rc;
}
