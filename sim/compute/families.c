/* The registry: one row an accelerator family. */
#include "sim/compute/families.h"

#include <string.h>

const struct ts_family *const ts_families[] = {
    &ts_cpu_family,    &ts_simt_family,   &ts_systolic_family,
    &ts_sparse_family, &ts_memory_family, NULL,
};

const struct ts_family *ts_family_find(const char *name)
{
    for (int i = 0; ts_families[i]; i++) {
        if (strcmp(ts_families[i]->name, name) == 0) {
            return ts_families[i];
        }
    }
    return NULL;
}
