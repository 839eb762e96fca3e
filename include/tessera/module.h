/* Modules: shared libraries that only some runs need, opened when such a run comes to it.
 *
 * A module exports one function that returns a table of functions with a version number; whoever
 * opens it compares that number with its own, since a file of another build may be in the way.
 */
#ifndef TESSERA_MODULE_H
#define TESSERA_MODULE_H

#include "tessera/arena.h"

#include <stdbool.h>

#ifdef __cplusplus
extern "C" {
#endif

enum ts_module_scope {
    TS_MODULE_LOCAL, /* its libraries are its own */
    TS_MODULE_GLOBAL /* its libraries open plug-ins that look for their symbols everywhere */
};

/* Opens FILE beside the running program, in <prefix>/lib/tessera, or where it was built: the first
 * that is there. It stays open until the process ends. NULL when there is none or it does not load;
 * *why then says so, in `arena` or static. */
void *ts_module_open(const char *file, enum ts_module_scope scope, struct ts_arena *arena,
                     const char **why);

#ifdef __cplusplus
}
#endif
#endif
