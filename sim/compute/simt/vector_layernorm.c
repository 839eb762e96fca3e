/* Forward normalisation of rows as PyTorch runs it (vectorized_layer_norm_kernel, v2.1,
 * aten/src/ATen/native/cuda/layer_norm_kernel.cu): one block of 128 threads a row reads it, updates
 * mean and variance with each element (Welford), combines those of its threads in five shuffles and
 * two trips through shared memory, and reads the row again to scale it. The second reading comes
 * from the shared cache as far as it holds the rows under way and what other blocks stored
 * meanwhile, which the engine finds: T4 (4 MB) reads rows of 2048 twice from memory, 320 blocks x 8
 * KB and as much stored, A100 (40 MB) does not.
 */
#include "vector.h"

#include "simt_internal.h"

#include <math.h>
#include <string.h>

#define NORM_THREADS 128.0
#define NORM_WARPS (NORM_THREADS / 32.0)
#define ACCESS_BYTES 16.0

/* Instructions of an update: subtract, reciprocal of the count (8), two multiply-adds, add. */
#define WELFORD_UPDATE 12.0
/* Of a combination: three shuffles, a reciprocal, a dozen multiplications and additions. Five by
 * all warps, then one by two of the four and one by one. */
#define WELFORD_COMBINE 25.0
#define WELFORD_COMBINES (5.0 * NORM_WARPS + 3.0)
/* Dependent cycles of an update: two operations of 4 to 6, the reciprocal beside them; of all
 * combinations, about 30 a shuffle and what follows it. */
#define WELFORD_UPDATE_LATENCY 10.0
#define WELFORD_COMBINE_LATENCY 300.0

struct norm_context {
    struct ts_operand input, output;
    double input_bytes, output_bytes; /* of a row */
    double pipe_cycles[2];            /* of either reading */
    double statistics_cycles;         /* the first one's least duration */
};

static struct ts_tile_load whole_row(const struct ts_operand *operand, int64_t row, double bytes)
{
    return (struct ts_tile_load){.tensor = operand->tensor,
                                 .block = (uint32_t)row,
                                 .path = TS_PATH_CACHED,
                                 .rows = 1.0,
                                 .row_bytes = bytes,
                                 .pitch_bytes = bytes,
                                 .address = (uint64_t)((double)row * bytes)};
}

static void norm_tile(const void *opaque, int64_t index, struct ts_tile *tile)
{
    const struct norm_context *context = opaque;
    *tile = (struct ts_tile){.steps = 2, .store_count = 1};
    tile->store[0] = whole_row(&context->output, index, context->output_bytes);
}

static void norm_step(const void *opaque, int64_t index, int step, struct ts_tile_step *out)
{
    const struct norm_context *context = opaque;
    *out = (struct ts_tile_step){.load_count = 1, .pipe_cycles = context->pipe_cycles[step]};
    out->latency_cycles =
        fmax(out->pipe_cycles, step == 0 ? context->statistics_cycles : out->pipe_cycles);
    out->load[0] = whole_row(&context->input, index, context->input_bytes);
}

bool ts_simt_is_layernorm(const struct ts_arch *arch, const struct ts_kernel *kernel)
{
    return !ts_simt_scalar_library(arch) && kernel->pass == TS_PASS_FORWARD &&
           kernel->vector_class == TS_VECTOR_NORMALIZE && kernel->input_count == 1 &&
           strcmp(kernel->op, "batchnorm") != 0;
}

/* The pipe's time for one reading: instructions of all warps and accesses of 16 bytes a lane, or
 * what the L1 passes. */
static double reading_cycles(const struct ts_arch *arch, double instructions, double bytes)
{
    double schedulers = fmax((double)ts_simt_params_of(arch)->schedulers, 1.0);
    double issue = (instructions + bytes / ACCESS_BYTES / 32.0) / schedulers;
    return fmax(issue, bytes / TS_SIMT_L1_BYTES_PER_CYCLE);
}

bool ts_simt_layernorm_phase(const struct ts_arch *arch, const struct ts_kernel *kernel,
                             struct ts_arena *arena, struct ts_plan *plan)
{
    if (plan->phase_count >= TS_MAX_PHASES) {
        return false;
    }
    const struct ts_simt_params *params = ts_simt_params_of(arch);
    double elements = kernel->row_elements, rows = ceil(kernel->elements / fmax(elements, 1.0));
    double update = elements * WELFORD_UPDATE / 32.0 + WELFORD_COMBINES * WELFORD_COMBINE;
    double scale = 0.5 * elements * kernel->ops_per_element / 32.0;
    double slots = fmin((double)params->max_threads / NORM_THREADS, (double)params->max_blocks);
    struct norm_context *context = TS_NEW(arena, struct norm_context);
    context->input = kernel->inputs[0];
    context->output = kernel->output;
    context->input_bytes = ts_operand_dense_bytes(&kernel->inputs[0]) / rows;
    context->output_bytes = ts_operand_dense_bytes(&kernel->output) / rows;
    context->pipe_cycles[0] = reading_cycles(arch, update, context->input_bytes);
    context->pipe_cycles[1] =
        reading_cycles(arch, scale, context->input_bytes + context->output_bytes);
    context->statistics_cycles =
        ceil(elements / NORM_THREADS) * WELFORD_UPDATE_LATENCY + WELFORD_COMBINE_LATENCY;
    struct ts_phase *phase = &plan->phases[plan->phase_count++];
    *phase = (struct ts_phase){
        .name = kernel->op,
        .tiles = (int64_t)rows,
        .slots_per_unit = (int)fmax(1.0, floor(slots)),
        .buffers = 1,
        .launch_cycles = arch->launch_s * arch->clock_hz,
        .even_shares = true,
        .steps_before_stores = 1,
        .tiles_per_period = 1.0,
        .tile = norm_tile,
        .step = norm_step,
        .context = context,
    };
    double reads = 2.0 * rows * context->input_bytes, writes = rows * context->output_bytes;
    double instructions = rows * (update + scale) + (reads + writes) / ACCESS_BYTES / 32.0;
    ts_simt_row_counters(arch, kernel, reads, writes, instructions, &phase->counters);
    return true;
}
