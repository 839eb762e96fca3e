/* Layer by layer, and what adds up on the way through the network. */
#include "sim/numerics/numerics.h"

#include "tessera/hash.h"

#include <math.h>
#include <string.h>

/* Kernels that differ in nothing that the measurement sees share one. */
struct known {
    uint64_t key;
    struct numerics_power power;
    const struct known *next;
};

/* Of a tensor: what its values carry, and how much of it is noise. */
struct flow {
    double power;
    double noise_to_signal;
};

struct measurement {
    const struct ts_arch *arch;
    const struct ts_program *program;
    uint64_t seed;
    struct ts_arena scratch;
    const struct known *known;
    struct flow *flows; /* of each program tensor */
};

static double decibels(double signal, double noise)
{
    if (signal <= 0 || noise <= 0) {
        return TS_SQNR_LIMIT_DB;
    }
    double db = 10 * log10(signal / noise);
    return isfinite(db) ? fmin(fmax(db, -TS_SQNR_LIMIT_DB), TS_SQNR_LIMIT_DB) : -TS_SQNR_LIMIT_DB;
}

/* Products one after the other, in fp32, fp64 or 32-bit integers. */
static struct ts_arithmetic arithmetic_of(const struct ts_arch *arch,
                                          const struct ts_kernel *kernel)
{
    const struct ts_precision_info *info = ts_precision_info(kernel->precision);
    struct ts_arithmetic arithmetic = {.sum = TS_SUM_INTEGER, .bits = 32, .name = "int32"};
    if (info->is_float) {
        arithmetic.sum = TS_SUM_FLOAT;
        arithmetic.format = ts_float_format_of(info->accumulator);
        arithmetic.name = ts_precision_info(info->accumulator)->name;
    }
    arithmetic.depth = 1;
    arithmetic.chunk = kernel->k;
    if (arch->family->arithmetic) {
        arch->family->arithmetic(arch, kernel, &arithmetic);
    }
    return arithmetic;
}

static uint64_t hash_operand(uint64_t hash, const struct ts_operand *operand)
{
    hash = ts_hash_integer(hash,
                           operand->precision * 8 + (int)operand->values * 2 + operand->is_weight);
    hash = ts_hash_double(hash, operand->density);
    hash = ts_hash_double(hash, operand->elements);
    return ts_hash_double(hash, operand->bits_per_element);
}

static uint64_t key_of(const struct ts_kernel *kernel, const struct ts_arithmetic *arithmetic,
                       bool is_winograd)
{
    const int64_t integers[] = {kernel->m,         kernel->n,         kernel->k,
                                kernel->pass,      kernel->precision, kernel->structured_2_4,
                                kernel->winograd,  is_winograd,       arithmetic->chunk,
                                arithmetic->depth, kernel->has_conv};
    uint64_t hash = ts_hash_bytes(TS_HASH_INIT, integers, sizeof integers);
    return hash_operand(hash_operand(hash, &kernel->a), &kernel->b);
}

static struct numerics_power measure(struct measurement *m, const struct ts_kernel *kernel,
                                     const struct ts_arithmetic *arithmetic, bool is_winograd)
{
    uint64_t key = key_of(kernel, arithmetic, is_winograd);
    for (const struct known *known = m->known; known; known = known->next) {
        if (known->key == key) {
            return known->power;
        }
    }
    struct ts_arena scratch = TS_ARENA_INIT;
    struct known *known = TS_NEW(&m->scratch, struct known);
    *known = (struct known){.key = key, .next = m->known};
    known->power = is_winograd ? numerics_winograd(kernel, arithmetic, m->seed, &scratch)
                               : numerics_product(kernel, arithmetic, m->seed, &scratch);
    ts_arena_release(&scratch);
    m->known = known;
    return known->power;
}

static struct flow incoming(const struct measurement *m, const struct ts_operand *operand)
{
    static const struct flow clean = {1, 0};
    return operand->tensor >= 0 && !operand->is_weight ? m->flows[operand->tensor] : clean;
}

static void outgoing(struct measurement *m, const struct ts_operand *operand, struct flow flow)
{
    if (operand->tensor >= 0) {
        m->flows[operand->tensor] = flow;
    }
}

/* Weights of variance 2/k double the power, which a ReLU halves again. Attention averages: of n
 * probabilities, exp(z) over its sum with normal z, the squares add up to e/n. Other products are
 * scaled to 1. */
static double power_of(const struct measurement *m, const struct ts_kernel *kernel)
{
    if (kernel->b.is_weight) {
        return 2 * incoming(m, &kernel->a).power;
    }
    if (kernel->a.values == TS_VALUES_PROBABILITIES) {
        return incoming(m, &kernel->b).power * fmin(1, M_E / (double)kernel->k);
    }
    return 1;
}

static void measure_product(struct measurement *m, const struct ts_kernel *kernel,
                            struct ts_arena *arena, struct ts_layer_result *layer)
{
    struct ts_arithmetic arithmetic = arithmetic_of(m->arch, kernel);
    bool is_winograd = kernel->winograd && strcmp(layer->algorithm, "winograd") == 0;
    struct numerics_power power = measure(m, kernel, &arithmetic, is_winograd);
    double ratio =
        incoming(m, &kernel->a).noise_to_signal + incoming(m, &kernel->b).noise_to_signal;
    if (power.signal > 0) {
        ratio += power.noise / power.signal;
    }
    layer->numerics = (struct ts_layer_numerics){
        .measured = true,
        .sqnr_db = decibels(power.signal, power.noise),
        .operand_sqnr_db = decibels(power.signal, power.operand_noise),
        .upstream_sqnr_db = decibels(1, ratio),
        .accumulator = ts_arena_strdup(arena, arithmetic.name),
        .outputs = power.outputs,
        .k = power.k,
    };
    struct flow flow = {power_of(m, kernel), ratio};
    if (kernel->c.values == TS_VALUES_RECTIFIED) {
        flow.power /= 2; /* fused */
    }
    outgoing(m, &kernel->c, flow);
}

/* Sums add powers, products of two activations add ratios, and everything else takes from each
 * input by its share of the elements. */
static void pass_on(struct measurement *m, const struct ts_kernel *kernel)
{
    bool multiplies = strcmp(kernel->op, "mul") == 0;
    double power = 0, noise = 0, ratio = 0, elements = 0;
    bool was_rectified = false, sums = kernel->vector_class == TS_VECTOR_ELEMENTWISE;
    for (int i = 0; i < kernel->input_count; i++) {
        elements += kernel->inputs[i].is_weight ? 0 : kernel->inputs[i].elements;
    }
    for (int i = 0; i < kernel->input_count; i++) {
        const struct ts_operand *input = &kernel->inputs[i];
        if (input->is_weight || input->tensor < 0) {
            continue;
        }
        struct flow flow = incoming(m, input);
        double share = sums ? 1 : input->elements / elements;
        power += flow.power * share;
        noise += flow.power * flow.noise_to_signal * share;
        ratio += flow.noise_to_signal;
        was_rectified |= input->values == TS_VALUES_RECTIFIED;
    }
    struct flow flow = {power > 0 ? power : 1, power > 0 ? noise / power : 0};
    if (kernel->output.values == TS_VALUES_RECTIFIED && !was_rectified) {
        flow.power /= 2; /* half of it stood below zero */
    }
    if (multiplies) {
        flow = (struct flow){1, ratio};
    }
    if (kernel->vector_class == TS_VECTOR_NORMALIZE || kernel->vector_class == TS_VECTOR_SOFTMAX) {
        flow.power = 1;
    }
    outgoing(m, &kernel->output, flow);
}

/* The noisiest of the forward results that no forward kernel reads. */
static double noise_of_outputs(struct measurement *m)
{
    const struct ts_program *program = m->program;
    bool *read = ts_arena_array(&m->scratch, (size_t)program->tensor_count + 1, sizeof *read);
    double worst = 0;
    for (int i = program->kernel_count - 1; i >= 0; i--) {
        const struct ts_kernel *kernel = &program->kernels[i];
        if (kernel->pass != TS_PASS_FORWARD && program->kernels[0].pass == TS_PASS_FORWARD) {
            continue;
        }
        const struct ts_operand *from[] = {&kernel->a, &kernel->b, &kernel->inputs[0],
                                           &kernel->inputs[1], &kernel->inputs[2]};
        const struct ts_operand *to = kernel->kind == TS_KERNEL_GEMM ? &kernel->c : &kernel->output;
        if (to->tensor >= 0 && !read[to->tensor]) {
            worst = fmax(worst, m->flows[to->tensor].noise_to_signal);
        }
        for (int j = 0; j < 5; j++) {
            if (from[j]->tensor >= 0) {
                read[from[j]->tensor] = true;
            }
        }
    }
    return worst;
}

void ts_numerics_measure(const struct ts_arch *arch, const struct ts_program *program,
                         uint64_t seed, struct ts_arena *arena, struct ts_result *result)
{
    struct measurement m = {.arch = arch,
                            .program = program,
                            .seed = ts_hash_integer(TS_HASH_INIT, (int64_t)seed),
                            .scratch = TS_ARENA_INIT};
    m.flows = TS_NEW_ARRAY(&m.scratch, program->tensor_count + 1, struct flow);
    for (int i = 0; i < program->tensor_count; i++) {
        m.flows[i].power = 1;
    }
    result->numerics.worst_sqnr_db = TS_SQNR_LIMIT_DB;
    for (int i = 0; i < result->layer_count; i++) {
        struct ts_layer_result *layer = &result->layers[i];
        if (program->kernels[i].kind != TS_KERNEL_GEMM) {
            pass_on(&m, &program->kernels[i]);
            continue;
        }
        measure_product(&m, &program->kernels[i], arena, layer);
        if (!result->numerics.measured ||
            layer->numerics.sqnr_db < result->numerics.worst_sqnr_db) {
            result->numerics.worst_sqnr_db = layer->numerics.sqnr_db;
            result->numerics.worst_layer = layer->name;
        }
        result->numerics.measured = true;
    }
    result->numerics.sqnr_db = decibels(1, noise_of_outputs(&m));
    ts_arena_release(&m.scratch);
}
