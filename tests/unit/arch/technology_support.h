/* A shipped technology table, for the tests of those who read it. */
#ifndef TESTS_TECHNOLOGY_SUPPORT_H
#define TESTS_TECHNOLOGY_SUPPORT_H

#include "tessera/technology.h"

/* In `arena`; fails the test when there is none of that name. */
const struct ts_technology *technology_of(const char *name, struct ts_arena *arena);

#endif
