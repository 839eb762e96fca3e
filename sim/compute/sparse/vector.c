/* Vector kernels on EIE: element-wise ones in the PEs' arithmetic units, the rest on the host. */
#include "sim/compute/sparse/sparse.h"

#include <math.h>
#include <string.h>

struct sparse_vector {
    const struct ts_kernel *kernel;
    int64_t tiles;
    double cycles;     /* of one tile */
    bool crosses_link; /* operands come from and go to the host */
    bool on_host;
};

static struct ts_tile_load share(const struct sparse_vector *vector,
                                 const struct ts_operand *operand, int64_t index)
{
    const double bytes = operand->elements * operand->bits_per_element / 8 / (double)vector->tiles;
    return (struct ts_tile_load){.tensor = operand->tensor,
                                 .block = (uint32_t)index,
                                 .path = TS_PATH_HOST,
                                 .rows = 1,
                                 .row_bytes = bytes,
                                 .pitch_bytes = bytes};
}

static void vector_step(const void *context, int64_t index, int step, struct ts_tile_step *out)
{
    (void)step;
    const struct sparse_vector *vector = context;
    memset(out, 0, sizeof(*out));
    for (int i = 0; vector->crosses_link && i < vector->kernel->input_count; i++) {
        out->load[out->load_count++] = share(vector, &vector->kernel->inputs[i], index);
    }
    out->pipe_cycles = vector->cycles;
    out->overhead_cycles = vector->on_host ? vector->cycles : 0;
}

static void vector_tile(const void *context, int64_t index, struct ts_tile *tile)
{
    const struct sparse_vector *vector = context;
    memset(tile, 0, sizeof(*tile));
    tile->steps = 1;
    if (vector->crosses_link) {
        tile->store_count = 1;
        tile->store[0] = share(vector, &vector->kernel->output, index);
    }
}

/* Activations that the PEs' memories hold need not move. */
static bool fits(const struct ts_arch *arch, const struct ts_kernel *kernel)
{
    const struct ts_cache_spec *level = ts_arch_cache(arch, "activation");
    double bytes = kernel->output.elements * kernel->output.bits_per_element / 8;
    bool inside = !kernel->output.is_network_io;
    for (int i = 0; i < kernel->input_count; i++) {
        bytes += kernel->inputs[i].elements * kernel->inputs[i].bits_per_element / 8;
        inside = inside && !kernel->inputs[i].is_network_io;
    }
    return inside && level && bytes <= level->capacity_bytes * (double)arch->units;
}

bool ts_sparse_plan_vector(const struct ts_arch *arch, const struct ts_kernel *kernel,
                           struct ts_arena *arena, struct ts_diagnostics *diagnostics,
                           struct ts_plan *plan)
{
    struct sparse_vector *vector = TS_NEW(arena, struct sparse_vector);
    const double operations = kernel->elements * fmax(1, kernel->ops_per_element);
    vector->kernel = kernel;
    vector->on_host = kernel->vector_class != TS_VECTOR_ELEMENTWISE;
    if (vector->on_host && !(arch->host.vector_gops > 0)) {
        return ts_diag_error(diagnostics, TS_ERROR_UNSUPPORTED, (struct ts_place){arch->path, 0, 0},
                             "'%s' (%s) needs a host to run on: host.vector_gops of %s is 0",
                             kernel->name, kernel->op, arch->name);
    }
    vector->tiles = vector->on_host ? 1 : arch->units;
    const double host_seconds = operations / (fmax(arch->host.vector_gops, 1e-9) * 1e9);
    const double pe_rate = ts_sparse_params_of(arch)->vector_ops_per_pe * (double)arch->units;
    vector->cycles = vector->on_host ? host_seconds * arch->clock_hz : operations / pe_rate;
    vector->crosses_link =
        arch->host.bandwidth_bytes_per_s > 0 && (vector->on_host || !fits(arch, kernel));

    struct ts_phase *phase = &plan->phases[plan->phase_count++];
    phase->name = vector->on_host ? "host" : "vector";
    phase->tiles = vector->tiles;
    phase->slots_per_unit = 1;
    phase->buffers = 1;
    phase->launch_cycles = arch->launch_s * arch->clock_hz;
    phase->counters.vector_ops = kernel->elements * kernel->ops_per_element;
    phase->tile = vector_tile;
    phase->step = vector_step;
    phase->context = vector;
    plan->algorithm = "vector";
    plan->ran_on = vector->on_host ? "host" : "vector";
    return true;
}
