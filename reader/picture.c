/* `dot`, and what becomes of its SVG. Text goes to it and the picture comes back in files that are
 * in memory only, so that neither side can wait for the other. */
#include "reader/picture.h"

#include <errno.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "reader/process.h"

extern char **environ;

/* The script: dragging moves the picture, the wheel scales it about the pointer, a double click
 * puts it back to where it fits the window. */
static const char svg_script[] =
    "<script type=\"text/ecmascript\"><![CDATA[\n"
    "(function () {\n"
    "  'use strict';\n"
    "  var svg = document.documentElement, view, scale = 1, x = 0, y = 0, grabbed = null;\n"
    "\n"
    "  function place() {\n"
    "    view.setAttribute('transform', 'translate(' + x + ' ' + y + ') scale(' + scale + ')');\n"
    "  }\n"
    "  function fit() {\n"
    "    var box = view.getBBox(), w = svg.clientWidth || window.innerWidth,\n"
    "        h = svg.clientHeight || window.innerHeight;\n"
    "    scale = Math.min(1, w / (box.width || 1), h / (box.height || 1));\n"
    "    x = (w - box.width * scale) / 2 - box.x * scale;\n"
    "    y = -box.y * scale;\n"
    "    place();\n"
    "  }\n"
    "  function zoom(event) {\n"
    "    var by = Math.pow(1.002, -event.deltaY * (event.deltaMode ? 20 : 1));\n"
    "    by = Math.max(0.01, Math.min(50, scale * by)) / scale;\n"
    "    x = event.clientX - (event.clientX - x) * by;\n"
    "    y = event.clientY - (event.clientY - y) * by;\n"
    "    scale *= by;\n"
    "    place();\n"
    "    event.preventDefault();\n"
    "  }\n"
    "  function grab(event) {\n"
    "    if (event.button !== 0) return;\n"
    "    grabbed = {x: event.clientX - x, y: event.clientY - y};\n"
    "    event.preventDefault();\n"
    "  }\n"
    "  function drag(event) {\n"
    "    if (!grabbed) return;\n"
    "    x = event.clientX - grabbed.x;\n"
    "    y = event.clientY - grabbed.y;\n"
    "    place();\n"
    "  }\n"
    "  function release() { grabbed = null; }\n"
    "\n"
    "  window.addEventListener('load', function () {\n"
    "    view = document.getElementById('viewport');\n"
    "    fit();\n"
    "    svg.addEventListener('wheel', zoom, {passive: false});\n"
    "    svg.addEventListener('mousedown', grab);\n"
    "    window.addEventListener('mousemove', drag);\n"
    "    window.addEventListener('mouseup', release);\n"
    "    svg.addEventListener('dblclick', fit);\n"
    "  });\n"
    "})();\n"
    "]]></script>\n"
    "<g id=\"viewport\">\n";

/* Copies [from, to), in which `dot` has been known to leave an ampersand bare. */
static void copy_svg(const char *from, const char *to, FILE *out) {
    for (const char *bare; (bare = memmem(from, (size_t)(to - from), "&;", 2)); from = bare + 2) {
        fwrite(from, 1, (size_t)(bare - from), out);
        fputs("&amp;;", out);
    }
    fwrite(from, 1, (size_t)(to - from), out);
}

/* The end of ` width="..."`, `height`, `viewBox` behind `<svg`; NULL if it is not so. */
static const char *skip_size(const char *at) {
    static const char *const names[] = {"width=\"", "height=\"", "viewBox=\""};

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        at += strspn(at, " \t\r\n");
        if (strncmp(at, names[i], strlen(names[i])) != 0)
            return NULL;
        at = strchr(at + strlen(names[i]), '"');
        if (!at)
            return NULL;
        at++;
    }
    return at;
}

/* The size becomes that of the window; the graph gets the script and a group to be moved by. */
static void write_svg(const char *svg, size_t n, FILE *out) {
    const char *end = svg + n, *tag = strstr(svg, "<svg"), *body = tag ? skip_size(tag + 4) : NULL;
    const char *graph = strstr(svg, "<g id=\"graph"), *close = strstr(svg, "</svg>");

    if (body) {
        copy_svg(svg, tag, out);
        fputs("<svg width=\"100%\" height=\"100%\"", out);
        svg = body;
    }
    if (graph && close && graph >= svg && close > graph) {
        copy_svg(svg, graph, out);
        fputs(svg_script, out);
        copy_svg(graph, close, out);
        fputs("</g>\n", out);
        svg = close;
    }
    copy_svg(svg, end, out);
}

static int run_dot(int in, int out, const char *type, char *why, size_t why_bytes) {
    char option[16], reason[128], *argv[] = {"dot", option, NULL};
    posix_spawn_file_actions_t files;
    pid_t pid;

    snprintf(option, sizeof option, "-T%s", type);
    posix_spawn_file_actions_init(&files);
    posix_spawn_file_actions_adddup2(&files, in, STDIN_FILENO);
    posix_spawn_file_actions_adddup2(&files, out, STDOUT_FILENO);
    int err = posix_spawnp(&pid, argv[0], &files, NULL, argv, environ);
    posix_spawn_file_actions_destroy(&files);
    err = err ? process_not_started(argv[0], err, reason, sizeof reason)
              : process_wait(pid, reason, sizeof reason);
    if (err < 0)
        snprintf(why, why_bytes, "failed to execute dot. Is Graphviz installed? Error: %s", reason);
    return err;
}

/* Writes the picture that is in the file. */
static int copy_picture(int fd, bool svg, FILE *to) {
    struct stat st;

    if (fstat(fd, &st) < 0)
        return -errno;
    if (st.st_size == 0)
        return 0;
    /* One byte more, which is zero: the text ends for string functions. */
    if (ftruncate(fd, st.st_size + 1) < 0)
        return -errno;
    char *bytes = mmap(NULL, (size_t)st.st_size + 1, PROT_READ, MAP_PRIVATE, fd, 0);
    if (bytes == MAP_FAILED)
        return -errno;
    if (svg)
        write_svg(bytes, (size_t)st.st_size, to);
    else
        fwrite(bytes, 1, (size_t)st.st_size, to);
    munmap(bytes, (size_t)st.st_size + 1);
    return 0;
}

int picture_write(int dot, const char *type, FILE *to, char *why, size_t why_bytes) {
    int picture = memfd_create("picture", MFD_CLOEXEC), err;

    if (picture < 0)
        return -errno;
    err = lseek(dot, 0, SEEK_SET) < 0 ? -errno : 0;
    err = err ? err : run_dot(dot, picture, type, why, why_bytes);
    err = err ? err : copy_picture(picture, strcmp(type, "svg") == 0, to);
    close(picture);
    return err;
}
