/* Expectations on diagnostics. */
#ifndef TESSERA_TESTS_ARCH_EXPECT_SUPPORT_H
#define TESSERA_TESTS_ARCH_EXPECT_SUPPORT_H

#include "tessera/diag.h"

/* One bad input and the first error it must give. `says` and `helps` are parts of message and help;
 * NULL = not looked at. */
struct bad_input {
    const char *what;
    const char *text;
    enum ts_error code;
    int line, column;
    const char *says;
    const char *helps;
};

/* Checks the first diagnostic; prints what differs. */
void expect_error(const struct ts_diagnostics *diagnostics, const struct bad_input *expected);

#endif
