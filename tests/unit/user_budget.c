/* What a server writes of other users' in an hour. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "collector/serve/user_budget.h"

static const int64_t hour_ns = USER_BUDGET_SECONDS * INT64_C(1000000000);

static void so_many_arenas_an_hour(void **state) {
    struct user_budgets b = {0};
    for (int i = 0; i < USER_BUDGET_ARENAS; i++)
        assert_int_equal(user_budget_take(&b, 7, 1, i), USER_BUDGET_TAKEN);
    assert_int_equal(user_budget_take(&b, 7, 1, hour_ns - 1), USER_BUDGET_SPENT);
    assert_int_equal(user_budget_take(&b, 7, 1, hour_ns - 1), USER_BUDGET_SILENT);
    assert_int_equal(user_budget_take(&b, 7, 1, hour_ns), USER_BUDGET_TAKEN);
    user_budgets_release(&b);
}

static void so_many_bytes_an_hour(void **state) {
    struct user_budgets b = {0};
    assert_int_equal(user_budget_take(&b, 7, (uint64_t)USER_BUDGET_BYTES + 1, 0),
                     USER_BUDGET_SPENT);
    assert_int_equal(user_budget_take(&b, 7, UINT64_MAX, 0), USER_BUDGET_SILENT);
    assert_int_equal(user_budget_take(&b, 7, USER_BUDGET_BYTES - 1, 0), USER_BUDGET_TAKEN);
    assert_int_equal(user_budget_take(&b, 7, 2, 0), USER_BUDGET_SILENT);
    assert_int_equal(user_budget_take(&b, 7, 1, 0), USER_BUDGET_TAKEN);
    assert_int_equal(user_budget_take(&b, 7, 1, 2 * hour_ns), USER_BUDGET_TAKEN);
    assert_int_equal(user_budget_take(&b, 7, USER_BUDGET_BYTES, 2 * hour_ns), USER_BUDGET_SPENT);
    user_budgets_release(&b);
}

static void users_have_nothing_to_do_with_each_other(void **state) {
    struct user_budgets b = {0};
    for (uid_t user = 1; user < 100; user++) {
        assert_int_equal(user_budget_take(&b, user, USER_BUDGET_BYTES, 0), USER_BUDGET_TAKEN);
        assert_int_equal(user_budget_take(&b, user, 1, 0), USER_BUDGET_SPENT);
    }
    assert_int_equal(user_budget_take(&b, 100, 1, 0), USER_BUDGET_TAKEN);
    user_budgets_release(&b);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(so_many_arenas_an_hour),
        cmocka_unit_test(so_many_bytes_an_hour),
        cmocka_unit_test(users_have_nothing_to_do_with_each_other),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
