/* What a request holds, read as `cpprof serve` reads it: the query and a form, numbers, the Host
 * and Authorization headers, and what is put of it into HTML, JSON and redirects. */
// link: collector/serve/form.c collector/serve/params.c collector/serve/access.c
// link: collector/serve/listen.c collector/serve/escape.c
// link: arena/*.c proto/*.c build/gen/proto/profile.pb-c.c
// libs: -lprotobuf-c -lz
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "collector/serve/access.h"
#include "collector/serve/escape.h"
#include "collector/serve/form.h"
#include "collector/serve/listen.h"
#include "collector/serve/params.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void read_params(const char *text) {
    static const char *const names[] = {"seconds", "debug", "hz", ""};
    const struct params p = {.query = text, .form = text, .parts = text};
    char value[64];
    int64_t number;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        param_value(&p, names[i], value, sizeof value);
        if (strlen(value) >= sizeof value)
            abort();
        parse_decimal(value, &number);
    }
}

static void write_escaped(const char *text) {
    char *out = NULL;
    size_t bytes;
    FILE *f = open_memstream(&out, &bytes);
    html_escape(text, f);
    json_string(text, f);
    url_escape_path(text, f);
    fflush(f);
    if (strpbrk(out, "<\r\n"))
        abort();
    fclose(f);
    free(out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n) {
    char *text = malloc(n + 1);
    struct listen_address a = {.host = "localhost"};
    const char *why;
    memcpy(text, data, n);
    text[n] = '\0';
    read_params(text);
    parse_address(text, n);
    free(form_of_multipart("multipart/form-data; boundary=xx", text, n));
    free(form_of_multipart(text, text, n));
    listen_host_is_ours(&a, text);
    listen_parse(&a, text, &why);
    if (access_allows("open-sesame-open-sesame", text) && !strstr(text, "asic ") &&
        !strstr(text, "open-sesame-open-sesame"))
        abort();
    write_escaped(text);
    percent_decode(text, n, false, text, n + 1);
    free(text);
    return 0;
}
