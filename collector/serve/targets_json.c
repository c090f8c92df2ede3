/* /targets and /targets/http_sd: what is served, for programs.
 *
 * The second is the list that Prometheus' http_sd_config and Alloy's discovery.http read.
 * `__profile_path_prefix__` is what Alloy puts before the paths of profiles; `__metrics_path__` is
 * where the index is, for relabelling. */
#include <inttypes.h>
#include <string.h>

#include "arena/kinds.h"
#include "collector/serve/endpoints.h"
#include "collector/serve/escape.h"
#include "collector/serve/target_list.h"

struct json {
    FILE *out;
    const struct request *q;
    size_t n;
};

static void separate(struct json *j) {
    fputs(j->n++ ? ",\n " : "\n ", j->out);
}

static void write_cmdline(const struct process_info *p, FILE *out) {
    fputc('[', out);
    for (size_t at = 0; at < p->cmdline_bytes; at += strlen(p->cmdline + at) + 1) {
        fputs(at ? ", " : "", out);
        json_string(p->cmdline + at, out);
    }
    fputc(']', out);
}

/* The profiles with their paths; those whose kind is off are there, too, and are empty. */
static void write_profiles(const struct target_entry *e, FILE *out) {
    const char *between = "";
    fputc('{', out);
    for (size_t i = 0; i < n_endpoints; i++) {
        if (!endpoints[i].is_profile && endpoints[i].kind == KIND_COUNT)
            continue;
        fputs(between, out);
        json_string(endpoints[i].name, out);
        fprintf(out, ": \"%s%s\"", e->prefix, endpoints[i].name);
        between = ", ";
    }
    fputc('}', out);
}

static void write_target(void *ctx, const struct target_entry *e) {
    struct json *j = ctx;
    const struct process_info *p = &e->info;
    separate(j);
    fprintf(j->out, "{\"pid\": %d, \"start_ticks\": %" PRIu64 ", \"command\": ", e->pid,
            e->start_ticks);
    json_string(e->command, j->out);
    fputs(", \"cmdline\": ", j->out);
    write_cmdline(p, j->out);
    fprintf(j->out, ", \"uid\": %u, \"user\": ", (unsigned)p->uid);
    json_string(p->user, j->out);
    fprintf(j->out,
            ", \"uptime_seconds\": %.2f, \"cpu_seconds\": %.2f, \"threads\": %u"
            ", \"rss_bytes\": %" PRIu64 ", \"max_rss_bytes\": %" PRIu64
            ", \"arena_bytes\": %" PRIu64 ", \"cpu_rate_hz\": %u, \"heap_rate_bytes\": %" PRIu64
            ", \"mutex_fraction\": %" PRIu64 ", \"block_rate_ns\": %" PRIu64
            ", \"path\": \"%s\", \"profiles\": ",
            p->uptime_s, p->cpu_s, p->threads, p->rss_bytes, p->max_rss_bytes, e->arena_bytes,
            e->header.cpu_rate_hz, e->header.heap_rate_bytes, e->header.mutex_fraction,
            e->header.block_rate_ns, e->prefix);
    write_profiles(e, j->out);
    fputc('}', j->out);
}

static bool has_port(const char *host) {
    const char *colon = strrchr(host, ':');
    return colon && colon[1] && !colon[1 + strspn(colon + 1, "0123456789")];
}

/* Where whoever asks has reached us, or where we listen; with a port in any case. */
static void write_address(const struct request *q, FILE *out) {
    static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
                                ".-:[]_";
    const struct listen_address *a = &q->server->address;
    char address[320];
    if (*q->host && strlen(q->host) < 256 && !q->host[strspn(q->host, plain)])
        snprintf(address, sizeof address, "%s%s", q->host,
                 has_port(q->host) ? ""
                 : q->server->tls  ? ":443"
                                   : ":80");
    else
        snprintf(address, sizeof address, strchr(a->host, ':') ? "[%s]:%u" : "%s:%u",
                 a->is_unix ? "localhost" : a->host, a->port);
    json_string(address, out);
}

static void write_sd(void *ctx, const struct target_entry *e) {
    struct json *j = ctx;
    size_t prefix = strlen(e->prefix) - strlen("/debug/pprof/");
    separate(j);
    fputs("{\"targets\": [", j->out);
    write_address(j->q, j->out);
    fprintf(j->out,
            "], \"labels\": {\"__scheme__\": \"%s\", \"__metrics_path__\": \"%s\", "
            "\"__profile_path_prefix__\": \"%.*s\", \"pid\": \"%d\", \"service_name\": ",
            j->q->server->tls ? "https" : "http", e->prefix, (int)prefix, e->prefix, e->pid);
    json_string(e->command, j->out);
    fputs(", \"user\": ", j->out);
    json_string(e->info.user, j->out);
    fputs("}}", j->out);
}

static void write_list(const struct request *q, target_entry_fn *each, struct reply *r) {
    struct json j = {.out = reply_open(r), .q = q};
    if (!j.out)
        return;
    fputc('[', j.out);
    target_list_walk(q->server, each, &j);
    fputs(j.n ? "\n]\n" : "]\n", j.out);
    reply_close(r, j.out, REPLY_JSON);
}

void serve_targets(const struct request *q, struct reply *r) {
    write_list(q, write_target, r);
}

void serve_http_sd(const struct request *q, struct reply *r) {
    write_list(q, write_sd, r);
}
