/* Forward softmax of rows above 1024 elements as PyTorch runs it (cunn_SoftMaxForward,
 * aten/src/ATen/native/cuda/SoftMax.cu): one block a row goes through it three times, for its
 * maximum, for the sum of its exponentials, and to write them divided by it.
 *
 * A thread has one access under way, then uses it: of one element up to the first boundary of 16
 * bytes (rows whose length is no multiple of that start off it), of 16 bytes, and of one element
 * for what is less than 16 bytes a thread. Each such round waits for the cache or memory, and few
 * blocks fit on a unit to hide it: their sums go through shared memory in one warp and then in one
 * thread.
 *
 * NVIDIA's boards are modelled with release 2.1 (blocks of half the row's 16-byte pieces, up to 512
 * threads), AMD's with 2.4 (1024 threads, sums by shuffles). On CDNA one such block, 16 waves of
 * 64, is alone on its unit: observed in nine kernels of MI100 and MI210 (NeuSight), which take 5700
 * to 11800 cycles a row and unit whatever the memory could do.
 */
#include "vector.h"

#include "simt_internal.h"

#include <math.h>
#include <string.h>

#define WARP_ROW_ELEMENTS 1024.0 /* up to here a warp keeps its row in registers */
#define ACCESS_BYTES 16.0
#define LARGEST_BLOCK 1024.0

enum { PASSES = 3, MAX_ROUNDS = 8 };

/* Instructions of an element: compare; subtract, exponential (scale, split, 2^x, scale), add; the
 * same and a division (reciprocal, corrections, range check). */
static const double element_instructions[PASSES] = {1.0, 8.0, 18.0};

/* Cycles of a shuffle, a shared-memory access or a barrier and what follows it (Jia et al. 2018).
 */
#define EXCHANGE_CYCLES 30.0

struct softmax_context {
    struct ts_operand input, output;
    double input_bytes, output_bytes; /* of a row */
    int rounds;                       /* of a pass */
    double pipe_cycles[PASSES];       /* of a round */
    double reduce_cycles;
};

static struct ts_tile_load row_piece(const struct ts_operand *operand, int64_t row, double bytes,
                                     int piece, int pieces)
{
    double part = bytes / pieces;
    return (struct ts_tile_load){.tensor = operand->tensor,
                                 .block = (uint32_t)(row * pieces + piece),
                                 .path = TS_PATH_CACHED,
                                 .rows = 1.0,
                                 .row_bytes = part,
                                 .pitch_bytes = part,
                                 .address = (uint64_t)((double)row * bytes + piece * part)};
}

static void softmax_tile(const void *opaque, int64_t index, struct ts_tile *tile)
{
    const struct softmax_context *context = opaque;
    *tile = (struct ts_tile){.steps = PASSES * context->rounds, .store_count = 1};
    tile->store[0] = row_piece(&context->output, index, context->output_bytes, 0, 1);
}

static void softmax_step(const void *opaque, int64_t index, int step, struct ts_tile_step *out)
{
    const struct softmax_context *context = opaque;
    int pass = step / context->rounds, round = step % context->rounds;
    double pipe = context->pipe_cycles[pass];
    bool reduces = pass < PASSES - 1 && round == context->rounds - 1;
    *out = (struct ts_tile_step){.load_count = 1, .pipe_cycles = pipe};
    out->latency_cycles = pipe + (reduces ? context->reduce_cycles : 0.0);
    out->load[0] = row_piece(&context->input, index, context->input_bytes, round, context->rounds);
}

bool ts_simt_is_block_softmax(const struct ts_arch *arch, const struct ts_kernel *kernel)
{
    return !ts_simt_scalar_library(arch) && kernel->pass == TS_PASS_FORWARD &&
           kernel->vector_class == TS_VECTOR_SOFTMAX && kernel->input_count == 1 &&
           strcmp(kernel->op, "softmax") == 0 && kernel->row_elements > WARP_ROW_ELEMENTS;
}

static double block_threads(const struct ts_arch *arch, double elements, double lanes)
{
    if (ts_simt_params_of(arch)->generation == TS_SIMT_CDNA) {
        return LARGEST_BLOCK;
    }
    double most = fmin(elements / lanes, LARGEST_BLOCK) / 2.0, threads = 32.0;
    while (threads < most) {
        threads *= 2.0;
    }
    return threads;
}

/* `lanes`: elements of 16 bytes. */
static int rounds_of_pass(double elements, double lanes, double threads)
{
    bool aligned = fmod(elements, lanes) == 0.0;
    double rest = aligned ? elements : elements - threads;
    double wide = floor(rest / (lanes * threads));
    double rounds = (aligned ? 0.0 : 1.0) + wide + ceil(rest / threads - wide * lanes);
    return (int)fmin(rounds, MAX_ROUNDS);
}

/* A barrier, a warp that adds 32 values a lane out of one bank each, a thread that adds the warps',
 * a barrier; or five shuffles in each warp and five more in one. */
static double reduce_cycles(const struct ts_arch *arch, double threads)
{
    double warps = threads / 32.0;
    if (ts_simt_params_of(arch)->generation == TS_SIMT_CDNA) {
        return (10.0 + 3.0) * EXCHANGE_CYCLES;
    }
    return 32.0 * warps + warps * EXCHANGE_CYCLES + 4.0 * EXCHANGE_CYCLES;
}

static void set_passes(const struct ts_arch *arch, double elements, struct softmax_context *context)
{
    double lanes = fmax(arch->vector_macs_per_cycle[TS_FP32], 1.0);
    for (int pass = 0; pass < PASSES; pass++) {
        double bytes = context->input_bytes + (pass == PASSES - 1 ? context->output_bytes : 0.0);
        double arithmetic = elements * element_instructions[pass] / lanes;
        context->pipe_cycles[pass] =
            fmax(arithmetic, bytes / TS_SIMT_L1_BYTES_PER_CYCLE) / context->rounds;
    }
}

static double row_instructions(double elements)
{
    double sum = 0.0;
    for (int pass = 0; pass < PASSES; pass++) {
        sum += element_instructions[pass];
    }
    return elements * sum / 32.0;
}

bool ts_simt_softmax_phase(const struct ts_arch *arch, const struct ts_kernel *kernel,
                           struct ts_arena *arena, struct ts_plan *plan)
{
    if (plan->phase_count >= TS_MAX_PHASES) {
        return false;
    }
    const struct ts_simt_params *params = ts_simt_params_of(arch);
    double elements = kernel->row_elements, rows = ceil(kernel->elements / elements);
    struct softmax_context *context = TS_NEW(arena, struct softmax_context);
    context->input = kernel->inputs[0];
    context->output = kernel->output;
    context->input_bytes = ts_operand_dense_bytes(&kernel->inputs[0]) / rows;
    context->output_bytes = ts_operand_dense_bytes(&kernel->output) / rows;
    double lanes = ACCESS_BYTES / (context->input_bytes / elements);
    double threads = block_threads(arch, elements, lanes);
    context->rounds = rounds_of_pass(elements, lanes, threads);
    context->reduce_cycles = reduce_cycles(arch, threads);
    set_passes(arch, elements, context);
    double slots = fmin(floor((double)params->max_threads / threads), (double)params->max_blocks);
    if (params->generation == TS_SIMT_CDNA) {
        slots = 1.0;
    }
    struct ts_phase *phase = &plan->phases[plan->phase_count++];
    *phase = (struct ts_phase){
        .name = kernel->op,
        .tiles = (int64_t)rows,
        .slots_per_unit = (int)fmax(1.0, slots),
        .buffers = 1,
        .launch_cycles = arch->launch_s * arch->clock_hz,
        .even_shares = true,
        .steps_before_stores = context->rounds,
        .tiles_per_period = 1.0,
        .tile = softmax_tile,
        .step = softmax_step,
        .context = context,
    };
    double reads = PASSES * rows * context->input_bytes, writes = rows * context->output_bytes;
    double instructions =
        rows * row_instructions(elements) + (reads + writes) / ACCESS_BYTES / 32.0;
    ts_simt_row_counters(arch, kernel, reads, writes, instructions, &phase->counters);
    return true;
}
