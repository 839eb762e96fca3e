/* How a core adds up products: kc of them in a register, then in memory. */
#include "sim/compute/cpu/cpu.h"

void ts_cpu_arithmetic(const struct ts_arch *arch, const struct ts_kernel *kernel,
                       struct ts_arithmetic *arithmetic)
{
    struct ts_cpu_core core;
    ts_cpu_core_init(arch, kernel, &core);
    if (core.kc > 0 && core.kc < kernel->k) {
        arithmetic->chunk = core.kc;
    }
    /* More lanes than of fp32 are those of half-precision instructions, which sum in fp16; without
     * them libraries widen to fp32. */
    if (kernel->precision == TS_FP16 && !core.matrix &&
        arch->vector_macs_per_cycle[TS_FP16] > arch->vector_macs_per_cycle[TS_FP32]) {
        arithmetic->format = ts_float_format_of(TS_FP16);
        arithmetic->name = "fp16";
    }
}
