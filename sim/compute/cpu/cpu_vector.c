/* Vector operators: SIMD streams with oneDNN, scalar loops with Torch nn. */
#include "sim/compute/cpu/cpu.h"

#include <math.h>
#include <string.h>

/* exp as range reduction and a polynomial: operations of one softmax element beyond the stated ones
 * are in ops_per_element; here only what a class of loops costs in loads and address arithmetic. */
struct class_cost {
    enum ts_vector_class class;
    const char *algorithm;
    double passes;   /* walks over the inputs */
    bool vectorised; /* by a SIMD library */
};

static const struct class_cost CLASSES[] = {
    {TS_VECTOR_ELEMENTWISE, "simd", 1, true},
    {TS_VECTOR_POOL, "simd", 1, true},
    {TS_VECTOR_NORMALIZE, "simd_two_pass", 2, true},
    {TS_VECTOR_SOFTMAX, "simd_three_pass", 3, true},
    {TS_VECTOR_REDUCE, "simd", 1, true},
    {TS_VECTOR_GATHER, "gather", 1, true},
    {TS_VECTOR_MOVE, "copy", 1, true},
    {TS_VECTOR_UPDATE, "simd", 1, true},
};

static const struct class_cost *cost_of(enum ts_vector_class class)
{
    for (size_t i = 0; i < sizeof CLASSES / sizeof CLASSES[0]; i++) {
        if (CLASSES[i].class == class) {
            return &CLASSES[i];
        }
    }
    return &CLASSES[0];
}

static double stored_bytes(const struct ts_operand *operand)
{
    return ts_operand_dense_bytes(operand);
}

/* Element-wise code works in fp32 at least: narrower formats are widened on load. */
static double simd_lanes(const struct ts_arch *arch, enum ts_precision precision)
{
    double bits = precision == TS_FP64 ? 64.0 : 32.0;

    return fmax(1.0, (double)ts_cpu_params_of(arch)->vector_bits / bits);
}

/* Half the signs of a zero-mean operand are mispredicted; the running maximum of a window changes
 * about once in three comparisons. */
static double mispredictions(const struct ts_kernel *kernel)
{
    if (strcmp(kernel->op, "relu") == 0) {
        return 0.5;
    }
    return kernel->vector_class == TS_VECTOR_POOL ? kernel->ops_per_element / 3.0 : 0.0;
}

/* Torch nn: pointer loops over strided tensors (TH_TENSOR_APPLY) in the calling thread: load, test,
 * operate, store. Pooling and batch normalisation share out planes with OpenMP. */
static void scalar_work(const struct ts_arch *arch, const struct ts_kernel *kernel,
                        double memory_ops, struct ts_cpu_stream *stream)
{
    const struct ts_cpu_params *params = ts_cpu_params_of(arch);
    bool parallel = kernel->vector_class == TS_VECTOR_POOL ||
                    kernel->vector_class == TS_VECTOR_NORMALIZE ||
                    strcmp(kernel->op, "batchnorm") == 0;
    double instructions = fmax(1.0, kernel->ops_per_element) + memory_ops;

    stream->threads = parallel ? 0 : 1;
    stream->instructions_per_element = instructions;
    stream->cycles_per_element = instructions / params->scalar_ops_per_cycle +
                                 mispredictions(kernel) * TS_CPU_MISPREDICTION_CYCLES;
}

static void work_of(const struct ts_arch *arch, const struct ts_kernel *kernel,
                    struct ts_cpu_stream *stream)
{
    const struct ts_cpu_params *params = ts_cpu_params_of(arch);
    const struct class_cost *cost = cost_of(kernel->vector_class);
    double ops = fmax(1.0, kernel->ops_per_element);
    double memory_ops = (double)kernel->input_count * cost->passes + 1.0;

    stream->elements = kernel->elements;
    stream->ops_per_element = kernel->ops_per_element;
    stream->passes = cost->passes;
    if (params->library == TS_CPU_TORCH7) {
        scalar_work(arch, kernel, memory_ops, stream);
        return;
    }
    double lanes = simd_lanes(arch, kernel->precision);
    stream->cycles_per_element = (ops / params->fma_per_cycle + memory_ops / 2.0) / lanes;
    stream->instructions_per_element = (ops + memory_ops) / lanes;
}

void ts_cpu_vector_plan(const struct ts_arch *arch, const struct ts_kernel *kernel,
                        struct ts_arena *arena, struct ts_plan *plan)
{
    struct ts_cpu_stream stream = {.name = "vector"};

    work_of(arch, kernel, &stream);
    for (int i = 0; i < kernel->input_count; i++) {
        stream.input[i] = kernel->inputs[i].tensor;
        stream.input_bytes[i] = stored_bytes(&kernel->inputs[i]);
    }
    stream.input_count = kernel->input_count;
    stream.output = kernel->output.tensor;
    stream.output_bytes = stored_bytes(&kernel->output);
    if (kernel->vector_class == TS_VECTOR_GATHER && kernel->input_count > 0) {
        /* Only the rows looked up are read. */
        stream.input_bytes[0] = fmin(stream.input_bytes[0], stream.output_bytes);
        stream.row_bytes = kernel->row_elements * kernel->inputs[0].bits_per_element / 8.0;
    }
    plan->algorithm = ts_cpu_params_of(arch)->library == TS_CPU_TORCH7
                          ? "scalar"
                          : cost_of(kernel->vector_class)->algorithm;
    plan->ran_on = "vector";
    plan->phase_count = 1;
    ts_cpu_stream_phase(arch, &stream, arena, &plan->phases[0]);
}
