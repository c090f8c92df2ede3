/* The call graph: how samples become nodes and edges, and what is left of it when it is trimmed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "reader/graph/graph.h"

enum { MAX_FRAMES = 8 };

/* ---- profiles of functions that are called by one letter */

static struct profile *new_profile(void) {
    struct profile *p = profile_new();

    assert_non_null(p);
    assert_int_equal(profile_add_sample_type(p, "samples", "count"), 0);
    assert_int_equal(profile_add_sample_type(p, "cpu", "nanoseconds"), 0);
    return p;
}

/* The location whose lines are these functions, innermost first. */
static struct profile_location *location(struct profile *p, const char *functions) {
    struct profile_location *l;
    size_t n = strlen(functions);

    for (size_t i = 0; i < p->n_locations; i++) {
        size_t k = 0;
        l = p->locations[i];
        while (l->n_lines == n && k < n && l->lines[k].function->name[0] == functions[k])
            k++;
        if (k == n)
            return l;
    }
    l = profile_add_location(p);
    l->lines = profile_alloc(p, n * sizeof(*l->lines));
    l->n_lines = n;
    for (size_t k = 0; k < n; k++)
        l->lines[k].function = profile_function(p, (char[]){functions[k], 0}, "", "", 0);
    return l;
}

/* A stack, root first: letters are frames, those behind a `+` are inlined into the one before. */
static struct profile_sample *sample(struct profile *p, const char *stack, int64_t count,
                                     int64_t value) {
    struct profile_sample *s = profile_add_sample(p);
    char lines[MAX_FRAMES][MAX_FRAMES] = {0};
    size_t n = 0;

    for (const char *at = stack; *at; at++) {
        if (*at == '+') {
            memmove(lines[n - 1] + 1, lines[n - 1], MAX_FRAMES - 1);
            lines[n - 1][0] = *++at;
        } else {
            lines[n++][0] = *at;
        }
    }
    s->locations = profile_alloc(p, (n + 1) * sizeof(struct profile_location *));
    s->n_locations = n;
    for (size_t i = 0; i < n; i++)
        s->locations[n - 1 - i] = location(p, lines[i]);
    s->values = profile_alloc(p, 2 * sizeof(*s->values));
    s->values[0] = count;
    s->values[1] = value;
    return s;
}

static const struct graph_options all = {.value_index = 1,
                                         .edges = GRAPH_ALL_EDGES,
                                         .tag_unit = "bytes",
                                         .output_unit = "minimum",
                                         .trim_path = "",
                                         .source_path = ""};

static struct graph *graph(struct profile *p, const struct graph_options *o) {
    struct graph *g = graph_new(p, o);

    assert_non_null(g);
    assert_int_equal(graph_sort(g, NODES_BY_FLAT), 0);
    return g;
}

static struct graph_node *node(const struct graph *g, char name) {
    for (size_t i = 0; i < g->n_nodes; i++)
        if (g->nodes[i]->info.name[0] == name)
            return g->nodes[i];
    fail_msg("no node %c", name);
    return NULL;
}

static struct graph_edge *edge(const struct graph *g, char from, char to) {
    struct graph_node *n = node(g, from), *m = node(g, to);
    struct graph_edge *found = NULL;

    for (size_t i = 0; i < n->n_out; i++)
        if (n->out[i]->to == m)
            found = n->out[i];
    for (size_t i = 0; i < m->n_in; i++)
        if (m->in[i]->from == n)
            assert_ptr_equal(m->in[i], found);
    return found;
}

static void assert_values(const struct graph *g, char name, int64_t flat, int64_t cum) {
    assert_int_equal(node_flat(node(g, name)), flat);
    assert_int_equal(node_cum(node(g, name)), cum);
}

/* The names of all nodes in their order. */
static void assert_order(const struct graph *g, const char *names) {
    assert_int_equal(g->n_nodes, strlen(names));
    for (size_t i = 0; i < g->n_nodes; i++) {
        assert_int_equal(g->nodes[i]->info.name[0], names[i]);
        assert_int_equal(g->nodes[i]->index, i);
    }
}

/* ---- tests */

static void a_sample_counts_once_per_node_and_edge(void **state) {
    struct profile *p = new_profile();
    struct graph *g;

    sample(p, "abab", 1, 10); /* recursion, a-b twice */
    sample(p, "abbc", 1, 5);  /* b calls itself */
    sample(p, "a", 1, 3);
    sample(p, "ax", 0, 0); /* nothing */
    g = graph(p, &all);
    assert_order(g, "bca");
    assert_values(g, 'a', 3, 18);
    assert_values(g, 'b', 10, 15);
    assert_values(g, 'c', 5, 5);
    assert_int_equal(edge(g, 'a', 'b')->weight, 15);
    assert_int_equal(edge(g, 'b', 'a')->weight, 10);
    assert_int_equal(edge(g, 'b', 'c')->weight, 5);
    assert_null(edge(g, 'b', 'b'));
    assert_null(edge(g, 'a', 'c'));
    graph_free(g);
    profile_free(p);
}

static void an_edge_is_inlined_if_all_its_calls_are(void **state) {
    struct profile *p = new_profile();
    struct graph *g;

    sample(p, "a+b+c", 1, 10);
    sample(p, "a+bd", 1, 1);
    sample(p, "a+b", 1, 1);
    sample(p, "abc", 1, 1);
    g = graph(p, &all);
    assert_false(edge(g, 'a', 'b')->inlined);
    assert_false(edge(g, 'b', 'c')->inlined);
    assert_false(edge(g, 'b', 'd')->inlined);
    graph_free(g);
    p->n_samples = 3;
    g = graph(p, &all);
    assert_true(edge(g, 'a', 'b')->inlined);
    assert_true(edge(g, 'b', 'c')->inlined);
    graph_free(g);
    profile_free(p);
}

static void what_is_left_out_makes_edges_residual(void **state) {
    struct profile *p = new_profile();
    struct graph_options some = all;
    struct graph *g, *kept;

    sample(p, "abc", 1, 10);
    sample(p, "abx", 1, 7);
    sample(p, "axc", 1, 1);
    kept = graph(p, &all);
    node(kept, 'a')->keep = node(kept, 'c')->keep = node(kept, 'x')->keep = true;
    some.kept = kept;
    g = graph(p, &some);
    assert_order(g, "cxa");
    assert_values(g, 'a', 0, 18);
    assert_true(edge(g, 'a', 'c')->residual);
    assert_int_equal(edge(g, 'a', 'c')->weight, 10);
    assert_false(edge(g, 'x', 'c')->residual);
    /* once over b, once directly */
    assert_true(edge(g, 'a', 'x')->residual);
    assert_int_equal(edge(g, 'a', 'x')->weight, 8);
    graph_free(g);
    node(kept, 'x')->keep = false;
    g = graph(p, &some);
    /* a leaf that is left out leaves its value to no one */
    assert_values(g, 'a', 0, 18);
    assert_values(g, 'c', 11, 11);
    graph_free(g);
    graph_free(kept);
    profile_free(p);
}

static void only_edges_that_are_wanted_are_made(void **state) {
    struct profile *p = new_profile();
    struct graph_options o = all;
    char why[64];
    struct graph *g;

    sample(p, "a+bcd", 1, 10);
    sample(p, "dbe", 1, 1);
    o.edges = GRAPH_NO_EDGES;
    g = graph(p, &o);
    assert_values(g, 'd', 10, 11);
    assert_int_equal(node(g, 'c')->n_in + node(g, 'b')->n_in, 0);
    graph_free(g);
    o.edges = GRAPH_EDGES_TO_INLINED;
    g = graph(p, &o);
    assert_int_equal(edge(g, 'a', 'b')->weight, 10);
    assert_int_equal(edge(g, 'd', 'b')->weight, 1);
    assert_null(edge(g, 'b', 'c'));
    assert_null(edge(g, 'c', 'd'));
    graph_free(g);
    o.edges = GRAPH_EDGES_OF_MATCHING;
    o.matching = regexp_new("^c$", why, sizeof(why));
    assert_non_null(o.matching);
    g = graph(p, &o);
    assert_int_equal(edge(g, 'b', 'c')->weight, 10);
    assert_int_equal(edge(g, 'c', 'd')->weight, 10);
    assert_null(edge(g, 'a', 'b'));
    assert_null(edge(g, 'd', 'b'));
    graph_free(g);
    regexp_free(o.matching);
    profile_free(p);
}

static void nodes_sort_by_value_then_name(void **state) {
    struct profile *p = new_profile();
    struct graph *g;

    sample(p, "db", 1, 5);
    sample(p, "da", 1, -5);
    sample(p, "ec", 1, 7);
    sample(p, "f", 1, 7);
    g = graph(p, &all);
    assert_order(g, "cfabe"); /* d adds up to nothing */
    assert_int_equal(graph_sort(g, NODES_BY_CUM), 0);
    assert_order(g, "cefab");
    assert_int_equal(graph_sort(g, NODES_BY_NAME), 0);
    assert_order(g, "abcef");
    graph_free(g);
    profile_free(p);
}

static void negative_nodes_can_be_dropped(void **state) {
    struct profile *p = new_profile();
    struct graph_options o = all;
    struct graph *g;

    sample(p, "ab", 1, -5);
    sample(p, "ac", 1, 4);
    o.drop_negative = true;
    g = graph(p, &o);
    assert_order(g, "c");
    /* callers are shown all the same */
    assert_int_equal(node(g, 'c')->n_in, 1);
    assert_string_equal(node(g, 'c')->in[0]->from->printable, "a");
    graph_free(g);
    profile_free(p);
}

static void means_are_divided_at_the_end(void **state) {
    struct profile *p = new_profile();
    struct graph_options o = all;
    struct graph *g;

    sample(p, "ab", 3, 10);
    sample(p, "ab", 1, 3);
    o.mean = true;
    g = graph(p, &o);
    assert_values(g, 'b', 3, 3); /* 13 / 4 */
    assert_int_equal(edge_weight(edge(g, 'a', 'b')), 3);
    assert_int_equal(edge(g, 'a', 'b')->weight, 13);
    graph_free(g);
    profile_free(p);
}

static void a_tree_has_a_node_per_path(void **state) {
    struct profile *p = new_profile();
    struct graph_options o = all;
    struct graph *g;
    size_t cs = 0;

    sample(p, "abc", 1, 10);
    sample(p, "axc", 1, 4);
    o.call_tree = true;
    g = graph(p, &o);
    for (size_t i = 0; i < g->n_nodes; i++)
        cs += g->nodes[i]->info.name[0] == 'c';
    assert_int_equal(g->n_nodes, 5);
    assert_int_equal(cs, 2);
    for (size_t i = 0; i < g->n_nodes; i++)
        g->nodes[i]->keep = strchr("ac", g->nodes[i]->info.name[0]) != NULL;
    graph_trim_tree(g);
    assert_order(g, "cca");
    assert_int_equal(g->nodes[0]->n_in, 1);
    assert_ptr_equal(g->nodes[0]->in[0]->from, g->nodes[2]);
    assert_true(g->nodes[0]->in[0]->residual);
    assert_int_equal(g->nodes[2]->n_out, 2);
    graph_free(g);
    profile_free(p);
}

static void redundant_residual_edges_go(void **state) {
    struct profile *p = new_profile();
    struct graph_options some = all;
    struct graph *g, *kept;

    sample(p, "abc", 1, 10); /* a to c by b */
    sample(p, "axc", 1, 1);  /* and over what is left out */
    kept = graph(p, &all);
    graph_keep_above(kept, 2);
    assert_false(node(kept, 'x')->keep);
    some.kept = kept;
    g = graph(p, &some);
    assert_true(edge(g, 'a', 'c')->residual);
    assert_int_equal(graph_remove_redundant_edges(g), 0);
    assert_null(edge(g, 'a', 'c'));
    assert_non_null(edge(g, 'a', 'b'));
    assert_non_null(edge(g, 'b', 'c'));
    graph_free(g);
    graph_free(kept);
    profile_free(p);
}

static void light_edges_go(void **state) {
    struct profile *p = new_profile();
    struct graph *g;

    sample(p, "ab", 1, 10);
    sample(p, "ac", 1, -2);
    sample(p, "cb", 1, 3);
    g = graph(p, &all);
    assert_int_equal(graph_trim_edges(g, 3), 1);
    assert_null(edge(g, 'a', 'c'));
    assert_non_null(edge(g, 'c', 'b'));
    assert_int_equal(node(g, 'a')->n_out, 1);
    graph_free(g);
    profile_free(p);
}

static void add_label(struct profile *p, struct profile_sample *s, const char *key,
                      const char *text, int64_t number) {
    struct profile_label *labels = profile_alloc(p, (s->n_labels + 1) * sizeof(*labels));

    if (s->n_labels > 0)
        memcpy(labels, s->labels, s->n_labels * sizeof(*labels));
    labels[s->n_labels++] =
        (struct profile_label){.key = key, .str = text, .num = number, .num_unit = ""};
    s->labels = labels;
}

static void tags_are_joined_labels_and_sizes(void **state) {
    struct profile *p = new_profile();
    struct graph_options o = all;
    struct profile_sample *s;
    struct graph *g;

    s = sample(p, "ab", 1, 10);
    add_label(p, s, "k", "v", 0);
    add_label(p, s, "a", "w", 0);
    add_label(p, s, "bytes", "", 2048);
    add_label(p, s, "other", "", 5);
    add_label(p, s, "pprof::base", "true", 0);
    s = sample(p, "ab", 1, 5);
    add_label(p, s, "bytes", "", 2048);
    o.tags = true;
    g = graph(p, &o);
    assert_int_equal(node(g, 'b')->n_label_tags, 1);
    assert_string_equal(node(g, 'b')->label_tags[0].name, "a:w\\nk:v");
    assert_int_equal(node(g, 'b')->label_tags[0].flat, 10);
    assert_int_equal(node(g, 'a')->label_tags[0].flat, 0);
    assert_int_equal(node(g, 'a')->label_tags[0].cum, 10);
    assert_int_equal(node(g, 'b')->n_numeric_tags, 2);
    assert_string_equal(node(g, 'b')->numeric_tags[0].name, "2kB");
    assert_string_equal(node(g, 'b')->numeric_tags[0].label, "a:w\\nk:v");
    assert_string_equal(node(g, 'b')->numeric_tags[1].label, "");
    assert_int_equal(node(g, 'b')->numeric_tags[1].cum, 5);
    graph_trim_tags(g, 6);
    assert_int_equal(node(g, 'b')->n_numeric_tags, 1);
    graph_free(g);
    profile_free(p);
}

static void nodes_are_named_by_what_is_known(void **state) {
    static const struct {
        struct node_info info;
        const char *name;
    } cases[] = {
        {{.name = "f", .file = "", .objfile = ""}, "f"},
        {{.name = "f", .file = "x.c", .objfile = ""}, "f x.c"},
        {{.name = "f", .file = "x.c", .line = 7, .objfile = ""}, "f x.c:7"},
        {{.name = "f", .file = "x.c", .line = 7, .column = 2, .objfile = ""}, "f x.c:7:2"},
        {{.name = "f", .file = "", .line = 7, .objfile = ""}, "f :7"},
        {{.name = "f", .file = "", .address = 0x1f, .objfile = "/b/x"}, "000000000000001f f"},
        {{.name = "", .file = "", .address = 0x1f, .objfile = "/b/x"}, "000000000000001f [x]"},
        {{.name = "", .file = "", .objfile = ""}, "<unknown>"},
        {{.name = "", .file = "x.c", .objfile = "/b/x"}, "x.c"},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char *name = node_name(&cases[i].info);
        assert_string_equal(name, cases[i].name);
        free(name);
    }
}

static void functions_have_short_names(void **state) {
    /* Those of google/pprof's own tests, and a few at the edges of its expressions. */
    static const char *const cases[][2] = {
        {"root", "root"},
        {"syscall.Syscall", "syscall.Syscall"},
        {"net/http.(*conn).serve", "http.(*conn).serve"},
        {"github.com/blahBlah/foo.Foo", "foo.Foo"},
        {"github.com/BlahBlah/foo.Foo", "foo.Foo"},
        {"github.com/BlahBlah/foo.Foo[...]", "foo.Foo[...]"},
        {"github.com/blah-blah/foo_bar.(*FooBar).Foo", "foo_bar.(*FooBar).Foo"},
        {"encoding/json.(*structEncoder).(encoding/json.encode)-fm",
         "json.(*structEncoder).(encoding/json.encode)-fm"},
        {"github.com/blah/blah/vendor/gopkg.in/redis.v3.(*baseClient).(github.com/blah/blah/vendor/"
         "gopkg.in/redis.v3.process)-fm",
         "redis.v3.(*baseClient).(github.com/blah/blah/vendor/gopkg.in/redis.v3.process)-fm"},
        {"github.com/foo/bar/v4.(*Foo).Bar", "bar.(*Foo).Bar"},
        {"github.com/foo/bar/v4/baz.Foo.Bar", "baz.Foo.Bar"},
        {"github.com/foo/bar/v123.(*Foo).Bar", "bar.(*Foo).Bar"},
        {"github.com/foobar/v0.(*Foo).Bar", "v0.(*Foo).Bar"},
        {"github.com/foobar/v1.(*Foo).Bar", "v1.(*Foo).Bar"},
        {"example.org/v2xyz.Foo", "v2xyz.Foo"},
        {"gopkg.in/yaml.v3.Unmarshal", "yaml.v3.Unmarshal"},
        {"java.util.concurrent.ThreadPoolExecutor$Worker.run", "ThreadPoolExecutor$Worker.run"},
        {"java.bar.foo.FooBar.run(java.lang.Runnable)", "FooBar.run"},
        {"java.bar.foo.FooBar.<init>(java.lang.String)", "FooBar.<init>"},
        {"(anonymous namespace)::Bar::Foo", "Bar::Foo"},
        {"(anonymous namespace)::foo", "foo"},
        {"cpp::namespace::Class::method()::$_100::operator()", "Class::method"},
        {"foo_bar::Foo::bar", "Foo::bar"},
        {"cpp::namespace::Class::method<float, long, int>()", "Class::method<float, long, int>"},
        {"foo", "foo"},
        {"foo/xyz", "foo/xyz"},
        {"com.google.perftools.gwp.benchmark.FloatBench.lambda$run$0", "FloatBench.lambda$run$0"},
        {"java.bar.foo.FooBar.run$0", "FooBar.run$0"},
        {"a::b::__Hidden::~Thing", "__Hidden::~Thing"},
        {"std::vector<int>::push_back", "std::vector<int>::push_back"},
        {"", ""},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char *name = function_short_name(cases[i][0]);
        assert_string_equal(name, cases[i][1]);
        free(name);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_sample_counts_once_per_node_and_edge),
        cmocka_unit_test(an_edge_is_inlined_if_all_its_calls_are),
        cmocka_unit_test(what_is_left_out_makes_edges_residual),
        cmocka_unit_test(only_edges_that_are_wanted_are_made),
        cmocka_unit_test(nodes_sort_by_value_then_name),
        cmocka_unit_test(negative_nodes_can_be_dropped),
        cmocka_unit_test(means_are_divided_at_the_end),
        cmocka_unit_test(a_tree_has_a_node_per_path),
        cmocka_unit_test(redundant_residual_edges_go),
        cmocka_unit_test(light_edges_go),
        cmocka_unit_test(tags_are_joined_labels_and_sizes),
        cmocka_unit_test(nodes_are_named_by_what_is_known),
        cmocka_unit_test(functions_have_short_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
