/* Output-stationary GEMM: the sums stand in the array, k steps of A and B stream through it. */
#include "sim/compute/systolic/gemm_internal.h"

#include <math.h>
#include <string.h>

/* k per step when loads are pipelined: long enough that a step hides a memory latency. */
enum { K_SLAB = 512 };

static struct ts_tile_load operand_load(const struct systolic_gemm *gemm,
                                        const struct ts_operand *operand, int64_t tile_index,
                                        int64_t rows, int step, double k)
{
    const double bytes = systolic_operand_bytes(operand);
    struct ts_tile_load load = {
        .tensor = operand->tensor,
        .block = (uint32_t)(tile_index * gemm->k_tiles + step),
        .is_weight = operand->is_weight,
        .rows = (double)rows,
    };
    load.path = operand->is_weight && gemm->params->weight_path == TS_SYSTOLIC_WEIGHTS_BYPASS
                    ? TS_PATH_BYPASS
                    : TS_PATH_CACHED;
    /* A convolution's operand holds fewer elements than the matrix made of it. */
    const double matrix =
        (double)gemm->k * (double)gemm->batches *
        (double)(operand == &gemm->standing ? gemm->standing_columns : gemm->stream);
    load.row_bytes = k * bytes * fmin(1, operand->elements / matrix);
    load.pitch_bytes = fmax(load.row_bytes, (double)gemm->k * bytes);
    load.address = (uint64_t)((double)tile_index * load.rows * load.pitch_bytes +
                              (double)(step * gemm->slab) * bytes);
    return load;
}

static void os_step(const void *context, int64_t index, int step, struct ts_tile_step *out)
{
    const struct systolic_gemm *gemm = context;
    const double skew = (double)(gemm->rows + gemm->columns - 2);
    struct systolic_position at;
    systolic_gemm_locate(gemm, index, &at);
    memset(out, 0, sizeof(*out));
    const bool last = step + 1 == gemm->k_tiles;
    const double k = last ? (double)(gemm->k - (int64_t)step * gemm->slab) : (double)gemm->slab;
    if (gemm->has_memory) {
        out->load[out->load_count++] = operand_load(
            gemm, &gemm->streamed, at.batch * gemm->chunks + at.chunk, at.rows, step, k);
        out->load[out->load_count++] = operand_load(
            gemm, &gemm->standing, at.batch * gemm->column_tiles + at.column, at.columns, step, k);
    }
    const double stream = k / gemm->rate;
    out->pipe_cycles = stream;
    if (!gemm->params->overlap) {
        out->pipe_cycles += skew;
        out->fill_drain_cycles = skew;
    } else if (last && index >= gemm->units) {
        /* Sums of the tile before leave over the rows meanwhile: no sooner than R cycles apart. */
        out->fill_drain_cycles = fmax(0, (double)gemm->rows - (double)gemm->k / gemm->rate);
        out->pipe_cycles += out->fill_drain_cycles;
    }
    if (last) {
        const double hidden = gemm->params->overlap ? skew : 0;
        out->latency_cycles = out->pipe_cycles + hidden + systolic_activation_cycles(gemm, at.rows);
    }
}

static void os_tile(const void *context, int64_t index, struct ts_tile *tile)
{
    const struct systolic_gemm *gemm = context;
    struct systolic_position at;
    systolic_gemm_locate(gemm, index, &at);
    memset(tile, 0, sizeof(*tile));
    tile->steps = (int)gemm->k_tiles;
    if (gemm->has_memory) {
        tile->store_count = 1;
        tile->store[0] =
            systolic_output_store(gemm, index, at.rows, at.columns, (double)gemm->standing_columns);
    }
}

void systolic_fill_output_stationary(struct systolic_gemm *gemm, const struct ts_kernel *kernel,
                                     const struct ts_arch *arch, struct ts_phase *phase)
{
    gemm->chunk_rows = gemm->rows;
    gemm->chunks = systolic_ceil_div(kernel->m, gemm->rows);
    gemm->column_tiles = systolic_ceil_div(kernel->n, gemm->columns);
    gemm->slab = gemm->params->overlap ? K_SLAB : gemm->k;
    gemm->k_tiles = systolic_ceil_div(gemm->k, gemm->slab);
    gemm->chunk_is_outer = true;
    phase->name = "gemm";
    phase->tiles = gemm->chunks * gemm->column_tiles * gemm->batches;
    phase->slots_per_unit = gemm->params->overlap ? 2 : 1;
    phase->buffers = gemm->params->overlap ? 2 : 1;
    phase->on_matrix_path = true;
    phase->launch_cycles = arch->launch_s * arch->clock_hz;
    phase->prefetch_weights = gemm->params->prefetch_across_layers;
    phase->tiles_per_period = systolic_period(phase->tiles, gemm->k_tiles, gemm->column_tiles);
    phase->tile = os_tile;
    phase->step = os_step;
    phase->context = gemm;
}
