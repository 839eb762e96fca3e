/* The frame every unit test shares: a table of sentences and functions, run by CUnit. */
#ifndef TESSERA_TESTS_SUITE_H
#define TESSERA_TESTS_SUITE_H

#include <CUnit/Basic.h>
#include <stddef.h>
#include <stdlib.h>

struct test_case {
    const char *sentence;
    void (*run)(void);
};

/* Runs every case; the exit status for main. */
static inline int run_suite(const char *name, const struct test_case *cases, size_t count)
{
    if (CU_initialize_registry() != CUE_SUCCESS) {
        return EXIT_FAILURE;
    }
    CU_pSuite suite = CU_add_suite(name, NULL, NULL);
    for (size_t i = 0; suite && i < count; i++) {
        if (!CU_add_test(suite, cases[i].sentence, cases[i].run)) {
            suite = NULL;
        }
    }
    if (suite) {
        CU_basic_set_mode(CU_BRM_VERBOSE);
        CU_basic_run_tests();
    }
    unsigned failures = CU_get_number_of_failures();
    unsigned run = CU_get_number_of_tests_run();
    CU_cleanup_registry();
    return suite && failures == 0 && run == count ? EXIT_SUCCESS : EXIT_FAILURE;
}

#define RUN_SUITE(name, cases) run_suite((name), (cases), sizeof(cases) / sizeof((cases)[0]))

#endif
