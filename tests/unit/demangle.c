/* Demangled names, and names that were made to hurt. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "symbolize/demangle.h"

static void assert_demangles(const char *symbol, const char *expected) {
    char out[4096];

    if (!demangle(symbol, out, sizeof(out)))
        fail_msg("%s: not demangled", symbol);
    assert_string_equal(out, expected);
}

static void assert_stays(const char *symbol) {
    char out[4096];

    if (demangle(symbol, out, sizeof(out)))
        fail_msg("%s: %s", symbol, out);
}

static void each_language_is_known(void **state) {
    assert_demangles("_ZN3foo3barEiPKc", "foo::bar");
    assert_demangles("_ZN4core3fmt5Write9write_fmt17h0123456789abcdefE",
                     "core::fmt::Write::write_fmt");
    assert_demangles("_RNvCs1234_7mycrate3foo", "mycrate::foo");
    assert_demangles("_D4test3fooFZv", "test.foo()");
}

static void parameters_and_return_types_are_not_shown(void **state) {
    assert_demangles("_Znwm", "operator new");
    assert_demangles("_Z3maxIiET_S0_S0_", "max<int>");
    assert_demangles("_Z6retfptIiEPFiiET_", "retfpt<int>");
    assert_demangles("_ZNSt6vectorIiSaIiEE9push_backEOi",
                     "std::vector<int, std::allocator<int> >::push_back");
    assert_demangles("_ZN12_GLOBAL__N_11fEi", "(anonymous namespace)::f");
    assert_demangles("_ZN1ScvPT_IcEEv", "S::operator char*<char>");
    assert_demangles("_ZNK1SclEi", "S::operator()");
    assert_demangles("_ZN1SD2Ev", "S::~S");
    assert_demangles("_ZThn8_N1S1vEi", "non-virtual thunk to S::v");
    assert_demangles("_ZTv0_n24_N1S1vEi", "virtual thunk to S::v");
}

static void qualifiers_and_clones_are_not_shown(void **state) {
    assert_demangles("_ZNK1S1mEv", "S::m");
    assert_demangles("_ZNVK1S1mEv", "S::m");
    assert_demangles("_ZNKR1S1rEv", "S::r");
    assert_demangles("_ZNO1S1qEv", "S::q");
    assert_demangles("_ZN3foo3barEv.constprop.0", "foo::bar");
    assert_demangles("_ZN3foo3barEi.part.0.isra.1", "foo::bar");
}

static void template_arguments_and_tags_are_shown_whole(void **state) {
    assert_demangles("_Z4callIPFiiEEvT_", "call<int (*)(int)>");
    assert_demangles("_Z4callISt8functionIFiiEEEvT_", "call<std::function<int (int)> >");
    assert_demangles("_Z4callIZ2ltiEUliE_EvT_", "call<lt(int)::{lambda(int)#1}>");
    assert_demangles("_Z2mkB5cxx11v", "mk[abi:cxx11]");
}

static void functions_around_local_names_lose_their_parameters_too(void **state) {
    assert_demangles("_ZZ4mainENKUliE_clEi", "main::{lambda(int)#1}::operator()");
    assert_demangles("_ZZ2ltiENKUlT_E0_clIiEEDaS_", "lt::{lambda(auto:1)#2}::operator()<int>");
    assert_demangles("_ZZ2tlIiEDaT_ENKUliE_clEi", "tl<int>::{lambda(int)#1}::operator()");
    assert_demangles("_ZZ2ltiEN1L2goEi", "lt::L::go");
    assert_demangles("_ZZZNK1S1mEiENKUliE0_clEiENKUliE_clEi",
                     "S::m::{lambda(int)#2}::operator()::{lambda(int)#1}::operator()");
    assert_demangles("_ZZ1fiEd_NKUlvE_clEv", "f::{default arg#1}::{lambda()#1}::operator()");
}

/* libiberty makes no tree of this one. */
static void a_name_with_two_readings_is_cut_too(void **state) {
    assert_demangles("_ZN4llvm10checkedAddIiEENSt9enable_ifIXsr3std9is_signedIT_EE5value"
                     "ENS_8OptionalIS2_EEE4typeES2_S2_",
                     "llvm::checkedAdd<int>");
}

static void other_names_stay(void **state) {
    static const char *const names[] = {"",
                                        "main",
                                        "_",
                                        "_Z",
                                        "_start",
                                        "__libc_start_main",
                                        "_R",
                                        "_D",
                                        "_Znotmangled",
                                        "_ZN3foo",
                                        "_ZN3foo3barEvGARBAGE",
                                        "_Z3fooNONSENSE"};

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        assert_stays(names[i]);
}

static void a_result_that_does_not_fit_is_refused(void **state) {
    char out[9] = "";

    assert_false(demangle("_ZN3foo3barEi", out, 0));
    assert_false(demangle("_ZN3foo3barEi", out, 8));
    assert_true(demangle("_ZN3foo3barEi", out, 9));
    assert_string_equal(out, "foo::bar");
    assert_false(demangle("_ZN3foo4barsEi", out, sizeof(out)));
}

/* Each parameter is written with two of the one before: a megabyte, of which nothing is shown. */
static void a_name_fits_however_long_its_parameters_are(void **state) {
    static const char odd[] = "13579BDFHJLNPRTVXZ";
    char symbol[4096] = "_ZN1f1gEPFvvE";

    for (const char *digit = odd; *digit; digit++) {
        char step[32];

        snprintf(step, sizeof(step), "PFvS%c_S%c_E", *digit, *digit);
        strcat(symbol, step);
    }
    assert_demangles(symbol, "f::g");
}

/* Each S_ doubles what came before: 2^40 characters, if it were written out. */
static void a_name_that_expands_without_end_is_refused(void **state) {
    char symbol[4096] = "_Z1fI1AIiE", out[32 * 1024];

    for (int i = 0; i < 40; i++) {
        char step[32];

        snprintf(step, sizeof(step), "1BIS%c_S%c_E", i < 10 ? '0' + i : 'A' + i - 10,
                 i < 10 ? '0' + i : 'A' + i - 10);
        strcat(symbol, step);
    }
    strcat(symbol, "EvT_");
    demangle(symbol, out, sizeof(out)); /* returns: that is all */
}

static void deep_and_long_names_neither_crash_nor_hang(void **state) {
    static const char *const prefixes[] = {"_Z1f", "_ZN", "_R", "_RI", "_D", "_ZL"};
    static const char *const units[] = {"P", "F", "N1a", "I", "M", "S_", "A_", "Y", "TS", "Dp"};
    enum { BYTES = 100000 };
    char *symbol = malloc(BYTES + 16), *out = malloc(32 * 1024);

    for (size_t p = 0; p < sizeof(prefixes) / sizeof(prefixes[0]); p++)
        for (size_t u = 0; u < sizeof(units) / sizeof(units[0]); u++)
            for (size_t bytes = 100; bytes <= BYTES; bytes *= 10) {
                size_t n = strlen(prefixes[p]);

                strcpy(symbol, prefixes[p]);
                while (n < bytes) {
                    strcpy(symbol + n, units[u]);
                    n += strlen(units[u]);
                }
                demangle(symbol, out, 32 * 1024);
            }
    free(symbol);
    free(out);
}

static void random_names_neither_crash_nor_hang(void **state) {
    static const char letters[] = "_ZNKSIREPLTDFCJX0123456789abcdefhimstv";
    char symbol[300], out[8192];

    srand(3);
    for (int round = 0; round < 100000; round++) {
        size_t n = 2 + (size_t)rand() % (sizeof(symbol) - 3);

        symbol[0] = '_';
        symbol[1] = "ZRD"[rand() % 3];
        for (size_t i = 2; i < n; i++)
            symbol[i] = letters[(size_t)rand() % (sizeof(letters) - 1)];
        symbol[n] = 0;
        if (demangle(symbol, out, sizeof(out)))
            assert_true(strlen(out) < sizeof(out));
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_language_is_known),
        cmocka_unit_test(parameters_and_return_types_are_not_shown),
        cmocka_unit_test(qualifiers_and_clones_are_not_shown),
        cmocka_unit_test(template_arguments_and_tags_are_shown_whole),
        cmocka_unit_test(functions_around_local_names_lose_their_parameters_too),
        cmocka_unit_test(a_name_with_two_readings_is_cut_too),
        cmocka_unit_test(other_names_stay),
        cmocka_unit_test(a_result_that_does_not_fit_is_refused),
        cmocka_unit_test(a_name_fits_however_long_its_parameters_are),
        cmocka_unit_test(a_name_that_expands_without_end_is_refused),
        cmocka_unit_test(deep_and_long_names_neither_crash_nor_hang),
        cmocka_unit_test(random_names_neither_crash_nor_hang),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
