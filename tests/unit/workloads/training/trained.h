/* Training programs in tests. */
#ifndef TESSERA_TESTS_TRAINED_H
#define TESSERA_TESTS_TRAINED_H

#include "unit/workloads/load.h"

static inline struct loaded train(const char *text, const char *optimizer)
{
    struct ts_workload_options options = plain_options();
    options.batch = 2;
    options.training = true;
    options.optimizer = optimizer;
    return load_with(write_network("training", text), &options);
}

static const char *const two_layers = "name: t\ninputs: {x: [31]}\nlayers:\n"
                                      "  - {op: fc, name: a, out: 17}\n"
                                      "  - {op: relu, name: r}\n"
                                      "  - {op: fc, name: b, out: 5}\n";

static inline int position_of(const struct ts_program *program, const char *name)
{
    return (int)(kernel_named(program, name) - program->kernels);
}

static inline bool has_kernel(const struct ts_program *program, const char *name)
{
    for (int i = 0; i < program->kernel_count; i++) {
        if (strcmp(program->kernels[i].name, name) == 0) {
            return true;
        }
    }
    return false;
}

#endif
