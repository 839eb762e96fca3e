#include "expect_support.h"

#include <CUnit/CUnit.h>
#include <string.h>

static bool contains(const char *text, const char *part)
{
    return !part || (text && strstr(text, part));
}

void expect_error(const struct ts_diagnostics *diagnostics, const struct bad_input *expected)
{
    CU_ASSERT(diagnostics->kept > 0);
    if (diagnostics->kept == 0) {
        printf("\n    no error for: %s\n", expected->what);
        return;
    }
    const struct ts_diagnostic *first = &diagnostics->entries[0];
    bool same = first->code == expected->code && first->place.line == expected->line &&
                first->place.column == expected->column &&
                contains(first->message, expected->says) && contains(first->help, expected->helps);
    CU_ASSERT(same);
    if (!same) {
        printf("\n    %s: expected %s at %d:%d \"%s\" help \"%s\", got\n", expected->what,
               ts_error_name(expected->code), expected->line, expected->column,
               expected->says ? expected->says : "", expected->helps ? expected->helps : "");
        ts_diagnostics_print(diagnostics, stdout);
    }
}
