/* Vector kernels: on the machine's vector unit, or on the host where it has none for them. */
#include "sim/compute/systolic/gemm_internal.h"

#include <math.h>
#include <string.h>

/* Elements of one tile: a multiple of every lane count, small enough to double-buffer on chip. */
enum { TILE_ELEMENTS = 1 << 16 };

struct vector_context {
    const struct ts_kernel *kernel;
    double elements_per_tile;
    double cycles_per_element;
    int64_t tiles;
    bool has_memory, on_host, host_output;
    double host_cycles; /* all of the kernel's operations on the host */
};

static struct ts_tile_load piece(const struct ts_operand *operand, int64_t index, int64_t tiles,
                                 enum ts_load_path path)
{
    const double bytes = operand->elements * systolic_operand_bytes(operand) / (double)tiles;
    struct ts_tile_load load = {.tensor = operand->tensor,
                                .block = (uint32_t)index,
                                .path = path,
                                .rows = 1,
                                .row_bytes = bytes,
                                .pitch_bytes = bytes,
                                .address = (uint64_t)(bytes * (double)index)};
    return load;
}

static void vector_step(const void *context, int64_t index, int step, struct ts_tile_step *out)
{
    (void)step;
    const struct vector_context *vector = context;
    const struct ts_kernel *kernel = vector->kernel;
    memset(out, 0, sizeof(*out));
    if (vector->on_host) {
        for (int i = 0; i < kernel->input_count; i++) {
            out->load[out->load_count++] = piece(&kernel->inputs[i], index, 1, TS_PATH_HOST);
        }
        out->pipe_cycles = vector->host_cycles;
        out->overhead_cycles = vector->host_cycles;
        return;
    }
    for (int i = 0; vector->has_memory && i < kernel->input_count; i++) {
        out->load[out->load_count++] =
            piece(&kernel->inputs[i], index, vector->tiles, TS_PATH_CACHED);
    }
    out->pipe_cycles = kernel->elements / (double)vector->tiles * vector->cycles_per_element;
}

static void vector_tile(const void *context, int64_t index, struct ts_tile *tile)
{
    const struct vector_context *vector = context;
    memset(tile, 0, sizeof(*tile));
    tile->steps = 1;
    if (vector->has_memory || vector->on_host) {
        const bool to_host = vector->on_host || vector->host_output;
        tile->store_count = 1;
        tile->store[0] = piece(&vector->kernel->output, index, vector->on_host ? 1 : vector->tiles,
                               to_host ? TS_PATH_HOST : TS_PATH_CACHED);
    }
}

/* A compiler that sees the whole network has the neighbours write and read at the right addresses.
 */
static bool is_placement(const struct ts_arch *arch, const struct ts_kernel *kernel)
{
    static const char *const ops[] = {"concat", "split", "slice", "reshape", "flatten"};
    for (size_t i = 0; arch->fuse && i < sizeof(ops) / sizeof(ops[0]); i++) {
        if (kernel->vector_class == TS_VECTOR_MOVE && strcmp(kernel->op, ops[i]) == 0) {
            return true;
        }
    }
    return false;
}

static bool runs_here(const struct ts_systolic_params *params, enum ts_vector_class vector_class)
{
    switch (params->vector_unit) {
    case TS_SYSTOLIC_VECTOR_FULL:
        return true;
    case TS_SYSTOLIC_VECTOR_ACTIVATION:
        /* Jouppi et al., ISCA 2017, section 2: activation functions, and pooling in hardware beside
         * them; moves are a matter of addresses in the unified buffer. */
        return vector_class == TS_VECTOR_ELEMENTWISE || vector_class == TS_VECTOR_POOL ||
               vector_class == TS_VECTOR_MOVE;
    default:
        return false;
    }
}

/* One phase with one tile: the input crosses the link and lands in the shared level. */
static void host_input_step(const void *context, int64_t index, int step, struct ts_tile_step *out)
{
    (void)index;
    (void)step;
    const struct ts_operand *input = context;
    memset(out, 0, sizeof(*out));
    out->load_count = 1;
    out->load[0] = piece(input, 0, 1, TS_PATH_HOST);
}

static void host_input_tile(const void *context, int64_t index, struct ts_tile *tile)
{
    (void)index;
    const struct ts_operand *input = context;
    memset(tile, 0, sizeof(*tile));
    tile->steps = 1;
    tile->store_count = 1;
    tile->store[0] = piece(input, 0, 1, TS_PATH_CACHED);
}

void ts_systolic_add_host_input(const struct ts_operand *input, struct ts_arena *arena,
                                struct ts_plan *plan)
{
    struct ts_operand *copy = TS_NEW(arena, struct ts_operand);
    *copy = *input;
    struct ts_phase *phase = &plan->phases[plan->phase_count++];
    phase->name = "host_input";
    phase->tiles = 1;
    phase->slots_per_unit = 1;
    phase->buffers = 1;
    phase->tile = host_input_tile;
    phase->step = host_input_step;
    phase->context = copy;
}

static bool place_on_host(const struct ts_arch *arch, const struct ts_kernel *kernel,
                          struct ts_diagnostics *diagnostics, struct vector_context *vector)
{
    if (!(arch->host.vector_gops > 0)) {
        return ts_diag_error(diagnostics, TS_ERROR_UNSUPPORTED, (struct ts_place){arch->path, 0, 0},
                             "'%s' (%s) runs neither on the vector unit of %s nor on a host: "
                             "host.vector_gops is 0",
                             kernel->name, kernel->op, arch->name);
    }
    vector->on_host = true;
    vector->tiles = 1;
    vector->host_cycles = kernel->elements * kernel->ops_per_element /
                          (arch->host.vector_gops * 1e9) * arch->clock_hz;
    return true;
}

bool ts_systolic_plan_vector(const struct ts_arch *arch, const struct ts_kernel *kernel,
                             struct ts_arena *arena, struct ts_diagnostics *diagnostics,
                             struct ts_plan *plan)
{
    const struct ts_systolic_params *params = ts_systolic_params_of(arch);
    struct vector_context *vector = TS_NEW(arena, struct vector_context);
    const bool has_host = arch->host.bandwidth_bytes_per_s > 0;
    vector->kernel = kernel;
    vector->has_memory = arch->memory.dram != NULL || ts_arch_shared_level(arch) >= 0;
    vector->host_output = has_host && kernel->output.is_network_io;
    vector->tiles = (int64_t)ceil(kernel->elements / TILE_ELEMENTS);
    vector->tiles = vector->tiles < 1 ? 1 : vector->tiles;
    vector->cycles_per_element =
        is_placement(arch, kernel)
            ? 0
            : fmax(1, kernel->ops_per_element) / ts_systolic_vector_lanes(arch, kernel->precision);
    if (!runs_here(params, kernel->vector_class) &&
        !place_on_host(arch, kernel, diagnostics, vector)) {
        return false;
    }
    for (int i = 0; !vector->on_host && vector->has_memory && i < kernel->input_count; i++) {
        if (has_host && kernel->inputs[i].is_network_io) {
            ts_systolic_add_host_input(&kernel->inputs[i], arena, plan);
        }
    }
    struct ts_phase *phase = &plan->phases[plan->phase_count++];
    phase->name = vector->on_host ? "host" : "vector";
    phase->tiles = vector->tiles;
    phase->slots_per_unit = params->overlap ? 2 : 1;
    phase->buffers = 1;
    phase->tiles_per_period = systolic_period(vector->tiles, 1, 1);
    phase->launch_cycles = arch->launch_s * arch->clock_hz;
    phase->tile = vector_tile;
    phase->step = vector_step;
    phase->context = vector;
    phase->counters.vector_ops = kernel->elements * kernel->ops_per_element;
    plan->algorithm = "vector";
    plan->ran_on = vector->on_host ? "host" : "vector";
    return true;
}
