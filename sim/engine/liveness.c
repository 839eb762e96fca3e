#include "sim/engine/liveness.h"

#include <stddef.h>

/* The operands that a kernel reads come first in kernel_operands; its result is the last. */
static int read_count(const struct ts_kernel *kernel, const struct ts_operand *operands[])
{
    return kernel_operands(kernel, operands) - 1;
}

const int *liveness_last_readers(const struct run *run)
{
    const struct ts_program *program = run->program;
    const int level = ts_arch_shared_level(run->arch);
    if (program->one_liner || level < 0 || !run->arch->memory.cache[level].software_managed) {
        return NULL;
    }
    int *last = TS_NEW_ARRAY(run->arena, program->tensor_count + 1, int);
    for (int i = 0; i < program->tensor_count; i++) {
        last[i] = -1;
    }
    for (int i = 0; i < program->kernel_count; i++) {
        const struct ts_operand *operands[TS_KERNEL_OPERANDS];
        const int count = read_count(&program->kernels[i], operands);
        for (int j = 0; j < count; j++) {
            if (operands[j]->tensor >= 0 && operands[j]->tensor < program->tensor_count) {
                last[operands[j]->tensor] = i;
            }
        }
    }
    return last;
}

void liveness_drop_dead(struct run *run, const int *last_readers, int index)
{
    if (!last_readers) {
        return;
    }
    const struct ts_operand *operands[TS_KERNEL_OPERANDS];
    const int count = read_count(&run->program->kernels[index], operands);
    for (int i = 0; i < count; i++) {
        const int32_t tensor = operands[i]->tensor;
        if (tensor >= 0 && tensor < run->program->tensor_count && last_readers[tensor] == index) {
            residency_drop(&run->engine->machine.residency, tensor);
        }
    }
}
