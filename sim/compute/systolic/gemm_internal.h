/* What gemm.c and output_stationary.c share. */
#ifndef TESSERA_SIM_COMPUTE_SYSTOLIC_GEMM_INTERNAL_H
#define TESSERA_SIM_COMPUTE_SYSTOLIC_GEMM_INTERNAL_H

#include "sim/compute/systolic/systolic.h"

/* One GEMM, cut for one array. ws and is: tiles are (batch, chunk of streamed rows, column tile of
 * the standing matrix), steps its k tiles. os: tiles are (batch, row tile, column tile), steps
 * slabs of k. */
struct systolic_gemm {
    const struct ts_systolic_params *params;
    struct ts_operand standing, streamed, output;
    int64_t rows, columns; /* of the array */
    int64_t units;
    int64_t batches, stream, standing_columns, k;
    int64_t chunk_rows, chunks, column_tiles, k_tiles;
    int64_t slab; /* os: k per step */
    double rate;
    double shift_cycles; /* to shift a standing tile in: a row a cycle in the array's own format */
    bool chunk_is_outer;
    bool has_memory, has_host;
    int64_t folds_per_step; /* 1, or all k tiles where nothing is loaded or overlapped */
};

/* Where a tile lies, and its size at the edges. */
struct systolic_position {
    int64_t batch, chunk, column;
    int64_t rows, columns;
};

/* For ts_phase.tiles_per_period: a phase of few steps is simulated whole, since what a scratchpad
 * holds makes its first and last tiles differ. */
double systolic_period(int64_t tiles, int64_t steps_per_tile, int64_t raster_row);

int64_t systolic_ceil_div(int64_t a, int64_t b);
double systolic_operand_bytes(const struct ts_operand *operand);
void systolic_gemm_locate(const struct systolic_gemm *gemm, int64_t index,
                          struct systolic_position *at);
double systolic_activation_cycles(const struct systolic_gemm *gemm, int64_t rows);
struct ts_tile_load systolic_output_store(const struct systolic_gemm *gemm, int64_t index,
                                          int64_t rows, int64_t columns, double row_elements);
void systolic_fill_output_stationary(struct systolic_gemm *gemm, const struct ts_kernel *kernel,
                                     const struct ts_arch *arch, struct ts_phase *phase);

#endif
