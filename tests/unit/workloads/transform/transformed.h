/* A workload under one or two transforms, and what its program notes. */
#ifndef TESSERA_TESTS_TRANSFORMED_H
#define TESSERA_TESTS_TRANSFORMED_H

#include "unit/workloads/load.h"

static inline struct loaded transformed_with(const char *workload, const char *first,
                                             const char *second, struct ts_workload_options options)
{
    const char *const transforms[] = {first, second};
    options.transforms = transforms;
    options.transform_count = second ? 2 : 1;
    return load_with(workload, &options);
}

static inline struct loaded transformed(const char *workload, const char *first, const char *second)
{
    return transformed_with(workload, first, second, plain_options());
}

static inline bool notes(const struct loaded *loaded, const char *text)
{
    for (int i = 0; i < loaded->program->note_count; i++) {
        if (strstr(loaded->program->notes[i], text)) {
            return true;
        }
    }
    return false;
}

#endif
