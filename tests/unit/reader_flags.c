/* The reader's command line. What it says on stderr is caught in a file. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "reader/flags.h"
#include "reader/reader.h"

enum { MOST_ARGUMENTS = 16 };

static struct flags flags;
static char said[1 << 14];

/* Parses the words of a line, with what it says into `said`. */
static enum flags_result parse(const char *word, const char *line) {
    static char words[512];
    static char *argv[MOST_ARGUMENTS + 1];
    char *rest = words;
    int argc = 0, before = dup(STDERR_FILENO), to = memfd_create("said", 0);
    enum flags_result result;

    snprintf(words, sizeof words, "%s", line);
    for (char *one; argc < MOST_ARGUMENTS && (one = strsep(&rest, " "));)
        if (*one)
            argv[argc++] = strcmp(one, "''") == 0 ? "" : one;
    argv[argc] = NULL;
    fflush(stderr);
    dup2(to, STDERR_FILENO);
    result = flags_parse(&flags, word, argc, argv);
    fflush(stderr);
    dup2(before, STDERR_FILENO);
    ssize_t n = pread(to, said, sizeof said - 1, 0);
    said[n > 0 ? n : 0] = '\0';
    close(to);
    close(before);
    return result;
}

static char *get(const char *name) {
    static char text[128];
    char *value = option_get(&flags.options, option_find(name));
    snprintf(text, sizeof text, "%s", value);
    free(value);
    return text;
}

static void values_are_given_as_go_takes_them(void **state) {
    static const char *const lines[] = {
        "-top -focus=main -nodecount=0x14 -trim=F -cum FILE",
        "--top --focus main --nodecount 20 -trim=false --cum=true FILE",
        "-top=true -focus other -focus main -nodecount 024 -trim=0 -flat -flat=false -cum FILE",
        "-top -focus=main -nodecount 20 -trim=FALSE -cum -- FILE",
    };
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        assert_int_equal(parse(NULL, lines[i]), FLAGS_OK);
        assert_string_equal(said, "");
        assert_string_equal(flags.word, "top");
        assert_ptr_equal(flags.command, report_command_find("top"));
        assert_null(flags.argument);
        assert_string_equal(get("focus"), "main");
        assert_string_equal(get("nodecount"), "20");
        assert_string_equal(get("trim"), "false");
        assert_string_equal(get("sort"), "cum");
        assert_int_equal(flags.request.n_sources, 1);
        assert_string_equal(flags.request.sources[0], "FILE");
        flags_release(&flags);
    }
}

static void flags_end_at_the_first_argument(void **state) {
    assert_int_equal(parse(NULL, "-top FILE -cum"), FLAGS_OK);
    assert_int_equal(flags.request.n_sources, 2);
    assert_string_equal(get("sort"), "flat");
    flags_release(&flags);
    assert_int_equal(parse(NULL, "- -top"), FLAGS_OK);
    assert_null(flags.word);
    assert_int_equal(flags.request.n_sources, 2);
    flags_release(&flags);
}

static void what_is_said_of_the_source_is_passed_on(void **state) {
    assert_int_equal(parse(NULL, "-seconds 5 -timeout=7 -buildid abc -symbolize=none -base B "
                                 "-add_comment c -all_frames -tls_ca CA FILE"),
                     FLAGS_OK);
    assert_int_equal(flags.request.seconds, 5);
    assert_int_equal(flags.request.timeout, 7);
    assert_string_equal(flags.request.build_id, "abc");
    assert_string_equal(flags.request.symbolize, "none");
    assert_string_equal(flags.request.base, "B");
    assert_false(flags.request.base_is_diff);
    assert_string_equal(flags.request.comment, "c");
    assert_string_equal(flags.request.tls_ca, "CA");
    assert_true(flags.request.all_frames);
    assert_null(flags.word);
    flags_release(&flags);
    assert_int_equal(parse(NULL, "-diff_base B -base= FILE"), FLAGS_OK);
    assert_string_equal(flags.request.base, "B");
    assert_true(flags.request.base_is_diff);
    assert_int_equal(flags.request.seconds, -1);
    flags_release(&flags);
}

static void the_first_argument_may_be_the_binary(void **state) {
    assert_int_equal(parse(NULL, "-top /proc/self/exe FILE"), FLAGS_OK);
    assert_string_equal(flags.request.executable, "/proc/self/exe");
    assert_int_equal(flags.request.n_sources, 1);
    flags_release(&flags);
    assert_int_equal(parse(NULL, "-top /proc/self/exe"), FLAGS_OK);
    assert_null(flags.request.executable);
    flags_release(&flags);
    assert_int_equal(parse(NULL, "-top /dev/null FILE"), FLAGS_OK);
    assert_null(flags.request.executable);
    assert_int_equal(flags.request.n_sources, 2);
    flags_release(&flags);
}

static void mistakes_are_said_in_the_words_of_pprof(void **state) {
    static const struct {
        const char *line, *said;
    } cases[] = {
        {"-nosuch FILE", "flag provided but not defined: -nosuch\nusage:\n"},
        {"-sort=cum FILE", "flag provided but not defined: -sort\nusage:\n"},
        {"--- FILE", "bad flag syntax: ---\nusage:\n"},
        {"-=x FILE", "bad flag syntax: -=x\nusage:\n"},
        {"-focus", "flag needs an argument: -focus\nusage:\n"},
        {"-top=2 FILE", "invalid boolean value \"2\" for -top: parse error\nusage:\n"},
        {"-nodecount=x FILE", "invalid value \"x\" for flag -nodecount: parse error\nusage:\n"},
        {"-nodecount=99999999999999999999 FILE", "invalid value \"99999999999999999999\" for flag "
                                                 "-nodecount: value out of range\nusage:\n"},
        {"-divide_by y FILE", "invalid value \"y\" for flag -divide_by: parse error\nusage:\n"},
        {"-top -traces FILE", "cpprof: must set at most one output format\n"},
        {"-top -list=x FILE", "cpprof: must set at most one output format\n"},
        {"-cum -flat FILE", "cpprof: conflicting options set: [cum flat]\n"},
        {"-lines -files FILE", "cpprof: conflicting options set: [files lines]\n"},
        {"-base=a -diff_base=b FILE",
         "cpprof: -base and -diff_base flags cannot both be specified\n"},
        {"-normalize FILE", "cpprof: must have base profile to normalize by\n"},
        {"-no_browser FILE", "cpprof: -no_browser only makes sense with -http\n"},
        {"-top -http=:0 FILE",
         "cpprof: -http is not compatible with an output format on the command line\n"},
        {"-http=:0 FILE", "cpprof: -http: this version has no web interface\n"},
        {"-top -json -csv FILE", "cpprof: must set at most one output format\n"},
        {"-traces -json FILE", "cpprof: traces has no such form as --json\n"},
        {"-csv FILE", "cpprof: the shell has no such form as --csv\n"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_int_equal(parse(NULL, cases[i].line), FLAGS_UNUSABLE);
        if (strncmp(said, cases[i].said, strlen(cases[i].said)) != 0)
            fail_msg("%s: %.200s", cases[i].line, said);
    }
    assert_int_equal(parse(NULL, "-top"), FLAGS_UNUSABLE);
    assert_memory_equal(said, "usage:\n", 7);
    assert_non_null(strstr(said, "cpprof: no profile source specified\n"));
}

static void an_empty_expression_is_no_command(void **state) {
    assert_int_equal(parse(NULL, "-list= -top=false FILE"), FLAGS_OK);
    assert_null(flags.word);
    flags_release(&flags);
}

static void the_first_of_the_old_names_wins(void **state) {
    assert_int_equal(parse(NULL, "-alloc_space -inuse_objects -top FILE"), FLAGS_OK);
    assert_string_equal(get("sample_index"), "inuse_objects");
    assert_string_equal(said, "Multiple value selections, ignoring -alloc_space\n");
    flags_release(&flags);
    assert_int_equal(parse(NULL, "-mean_delay -sample_index=1 FILE"), FLAGS_OK);
    assert_string_equal(get("sample_index"), "1");
    assert_string_equal(get("mean"), "true");
    assert_string_equal(said, "Multiple value selections, ignoring -mean_delay\n");
    flags_release(&flags);
}

static void words_are_commands(void **state) {
    assert_int_equal(parse("list", "-lines FUNC FILE"), FLAGS_OK);
    assert_string_equal(flags.word, "list");
    assert_string_equal(flags.argument, "FUNC");
    assert_string_equal(flags.request.sources[0], "FILE");
    flags_release(&flags);
    assert_int_equal(parse("top", "FILE"), FLAGS_OK);
    assert_string_equal(flags.word, "top");
    flags_release(&flags);
    assert_int_equal(parse("peek", ""), FLAGS_UNUSABLE);
    assert_string_equal(said, "cpprof: command peek requires an argument\n");
    assert_int_equal(parse("top", "-raw FILE"), FLAGS_UNUSABLE);
    assert_string_equal(said, "cpprof: must set at most one output format\n");
}

static void exports_have_flags_of_their_own(void **state) {
    assert_int_equal(parse("flame", "--svg -o out.svg FILE"), FLAGS_OK);
    assert_string_equal(flags.word, "flame");
    assert_null(flags.command);
    assert_int_equal(flags.export.form, EXPORT_SVG);
    assert_string_equal(get("output"), "out.svg");
    flags_release(&flags);
    assert_int_equal(parse("diff", "--json --fail-over=2.5 A B"), FLAGS_OK);
    assert_int_equal(flags.export.form, EXPORT_JSON);
    assert_true(flags.export.fail_over == 2.5);
    assert_true(flags.export.fail_over_function < 0);
    flags_release(&flags);
    assert_int_equal(parse("diff", "A"), FLAGS_UNUSABLE);
    assert_string_equal(said, "cpprof: diff takes two profiles, BASE and NEW\n");
    assert_int_equal(parse("folded", "--fail-over=1 A"), FLAGS_UNUSABLE);
    assert_int_equal(parse("folded", "-top A"), FLAGS_UNUSABLE);
}

static void the_reader_knows_what_is_its_own(void **state) {
    static const struct {
        const char *word;
        bool wanted;
    } cases[] = {
        {"-top", true},          {"top", true},     {"diff", true},      {"x.pb.gz", true},
        {"http://h/p", true},    {"host:80", true}, {"/dev/null", true}, {"-", false},
        {"no-such-word", false}, {"", false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char *argv[] = {(char *)cases[i].word, NULL};
        if (reader_wants(1, argv) != cases[i].wanted)
            fail_msg("%s", cases[i].word);
    }
    assert_false(reader_wants(0, (char *[]){NULL}));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_are_given_as_go_takes_them),
        cmocka_unit_test(flags_end_at_the_first_argument),
        cmocka_unit_test(what_is_said_of_the_source_is_passed_on),
        cmocka_unit_test(the_first_argument_may_be_the_binary),
        cmocka_unit_test(mistakes_are_said_in_the_words_of_pprof),
        cmocka_unit_test(an_empty_expression_is_no_command),
        cmocka_unit_test(the_first_of_the_old_names_wins),
        cmocka_unit_test(words_are_commands),
        cmocka_unit_test(exports_have_flags_of_their_own),
        cmocka_unit_test(the_reader_knows_what_is_its_own),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
