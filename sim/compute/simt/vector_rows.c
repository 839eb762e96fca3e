/* Normalisation with one thread block a row.
 *
 * A block has 512 threads with one 4-byte load each in flight, so a pass over a row of b bytes
 * takes no less than b / (512 · 4 bytes) rounds and few rows cannot draw the memory's bandwidth
 * (Little's law). The row is read twice: sums first, then scaling. Short rows stay in registers,
 * all loads in flight at once (bn_fw_tr_1C11_singleread: cuDNN launches it for 6272 elements, not
 * for 100352).
 */
#include "vector.h"

#include "simt_internal.h"

#include <math.h>

#define ROW_THREADS 512.0
#define ROW_ACCESS_BYTES 4.0
/* Elements a thread keeps. ResNet-152 less ResNet-101 (jcjohnson/cnn-benchmarks, four boards) puts
 * it between 3136 and 12544 for the block. */
#define ROW_HELD_ELEMENTS 16.0
/* Engine steps a pass is cut into. */
#define PASS_STEPS 8
/* Sums across the 16 warps of the block through shared memory, and the barrier around them. */
#define ROW_REDUCE_CYCLES 300.0

struct row_context {
    int inputs, passes;
    struct ts_operand input[3], output;
    double input_bytes, output_bytes;   /* of one row */
    double pipe_cycles, latency_cycles; /* of a step */
    double loaded_cycles;               /* what the first load takes, part of its step's latency */
};

static struct ts_tile_load row_piece(const struct ts_operand *operand, int64_t row, double bytes,
                                     int piece, int pieces)
{
    double part = bytes / pieces;
    return (struct ts_tile_load){
        .tensor = operand->tensor,
        .block = (uint32_t)(row * pieces + piece),
        .path = TS_PATH_CACHED,
        .is_weight = operand->is_weight,
        .rows = 1.0,
        .row_bytes = part,
        .pitch_bytes = part,
        .address = (uint64_t)((double)row * bytes + piece * part),
    };
}

static void row_tile(const void *opaque, int64_t index, struct ts_tile *tile)
{
    const struct row_context *context = opaque;
    *tile = (struct ts_tile){.steps = context->passes * PASS_STEPS,
                             .prologue_cycles = ROW_REDUCE_CYCLES,
                             .store_count = 1};
    tile->store[0] = row_piece(&context->output, index, context->output_bytes, 0, 1);
}

static void row_step(const void *opaque, int64_t index, int step, struct ts_tile_step *out)
{
    const struct row_context *context = opaque;
    *out = (struct ts_tile_step){.load_count = context->inputs,
                                 .pipe_cycles = context->pipe_cycles,
                                 .cache_cycles = context->pipe_cycles,
                                 .latency_cycles = context->latency_cycles};
    for (int i = 0; i < context->inputs; i++) {
        out->load[i] = row_piece(&context->input[i], index, context->input_bytes, step % PASS_STEPS,
                                 PASS_STEPS);
    }
    if (step == 0) {
        out->latency_cycles =
            fmax(context->pipe_cycles, context->latency_cycles - context->loaded_cycles);
    }
    if (step == PASS_STEPS - 1) {
        out->latency_cycles += ROW_REDUCE_CYCLES;
    }
}

void ts_simt_row_counters(const struct ts_arch *arch, const struct ts_kernel *kernel, double reads,
                          double writes, double instructions, struct ts_phase_counters *counters)
{
    counters->vector_ops = kernel->elements * kernel->ops_per_element;
    counters->instructions = instructions;
    counters->register_read_bytes = counters->vector_ops * 8.0 + writes;
    counters->register_write_bytes = counters->vector_ops * 4.0 + reads;
    int level = ts_simt_scratchpad_level(arch);
    if (level >= 0) {
        counters->level_read_bytes[level] = reads;
        counters->level_write_bytes[level] = writes;
        counters->level_misses_bytes[level] = reads + writes;
    }
}

bool ts_simt_row_phase(const struct ts_arch *arch, const struct ts_kernel *kernel,
                       struct ts_arena *arena, struct ts_plan *plan)
{
    if (plan->phase_count >= TS_MAX_PHASES) {
        return false;
    }
    const struct ts_simt_params *params = ts_simt_params_of(arch);
    double rows = ceil(kernel->elements / fmax(kernel->row_elements, 1.0));
    struct row_context *context = TS_NEW(arena, struct row_context);
    context->inputs = kernel->input_count < 3 ? kernel->input_count : 3;
    for (int i = 0; i < context->inputs; i++) {
        context->input[i] = kernel->inputs[i];
    }
    context->output = kernel->output;
    context->input_bytes = ts_operand_dense_bytes(&kernel->inputs[0]) / rows;
    context->output_bytes = ts_operand_dense_bytes(&kernel->output) / rows;
    double pass = context->inputs * context->input_bytes;
    context->pipe_cycles = pass / PASS_STEPS / TS_SIMT_L1_BYTES_PER_CYCLE;
    double rounds = context->input_bytes / (ROW_THREADS * ROW_ACCESS_BYTES);
    bool held = context->inputs * rounds <= ROW_HELD_ELEMENTS;
    context->passes = held ? 1 : 2;
    context->latency_cycles =
        fmax(context->pipe_cycles, (held ? 1.0 : rounds) / PASS_STEPS * ts_simt_round_cycles(arch));
    context->loaded_cycles = ts_simt_load_latency_cycles(arch);
    struct ts_phase *phase = &plan->phases[plan->phase_count++];
    *phase = (struct ts_phase){
        .name = kernel->op,
        .tiles = (int64_t)rows,
        .slots_per_unit = (int)fmax(1.0, floor((double)params->max_threads / ROW_THREADS)),
        .buffers = 2,
        .launch_cycles = arch->launch_s * arch->clock_hz,
        .even_shares = true,
        .tiles_per_period = 1.0,
        .tile = row_tile,
        .step = row_step,
        .context = context,
    };
    double reads = context->passes * rows * pass, writes = rows * context->output_bytes;
    double instructions =
        ((reads + writes) / ROW_ACCESS_BYTES + kernel->elements * kernel->ops_per_element) / 32.0;
    ts_simt_row_counters(arch, kernel, reads, writes, instructions, &phase->counters);
    return true;
}
