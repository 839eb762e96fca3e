/* GEMM on CDNA: the tiles rocBLAS takes, and what moving their operands costs. */
#include "gemm_support.h"
#include "suite.h"

#include <CUnit/CUnit.h>
#include <math.h>

static struct ts_arena arena = TS_ARENA_INIT;

static const struct ts_arch *load(const char *name)
{
    return gemm_machine(name, NULL, NULL, &arena);
}

static struct ts_simt_gemm product(int64_t batch, int64_t m, int64_t n, int64_t k)
{
    return gemm_product(TS_FP32, batch, m, n, k);
}

static const struct ts_simt_kernel *kernel_of(const struct ts_arch *arch, int m, int n)
{
    struct ts_simt_gemm gemm = product(1, 512, 512, 512);
    int count = 0;
    const struct ts_simt_kernel *kernels = ts_simt_gemm_kernels(arch, &gemm, &count);
    for (int i = 0; i < count; i++) {
        if (kernels[i].tile_m == m && kernels[i].tile_n == n) {
            return &kernels[i];
        }
    }
    CU_FAIL_FATAL("no kernel of this tile");
    return NULL;
}

/* Fraction of peak that a step's arithmetic is of all it takes. */
static double busy_share(const struct ts_arch *arch, int m, int n)
{
    struct ts_simt_gemm gemm = product(1, 4096, 4096, 4000);
    const struct ts_simt_kernel *kernel = kernel_of(arch, m, n);
    struct ts_simt_gemm_cost cost = ts_simt_gemm_cost(arch, kernel, &gemm);
    CU_ASSERT_TRUE(cost.fits);
    double useful = (double)m * n * kernel->tile_k / arch->matrix_macs_per_cycle[TS_FP32];
    return useful / cost.step_pipe_cycles;
}

static void a_strided_batch_takes_the_tile_of_one_product(void)
{
    const struct ts_arch *arch = load("gpu-mi100");
    static const int64_t shapes[][3] = {{96, 384, 384}, {2048, 2048, 128}, {256, 1024, 1024}};
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
        struct ts_simt_gemm few = product(2, shapes[i][0], shapes[i][1], shapes[i][2]);
        struct ts_simt_gemm many = product(20480, shapes[i][0], shapes[i][1], shapes[i][2]);
        struct ts_simt_gemm_choice a = gemm_choice_of(arch, &few), b = gemm_choice_of(arch, &many);
        CU_ASSERT_EQUAL(a.kernel.tile_m, b.kernel.tile_m);
        CU_ASSERT_EQUAL(a.kernel.tile_n, b.kernel.tile_n);
        CU_ASSERT_EQUAL(a.split_k, 1);
        CU_ASSERT_EQUAL(b.split_k, 1);
    }
}

/* Padded fractions of peak of the kernels of these tiles, median of MI100's and MI210's recorded
 * products (NeuSight): the tile's first figure is n there. */
static void each_tile_reaches_what_its_kernel_was_recorded_at(void)
{
    static const struct {
        int m, n;
        double least, most;
    } tiles[] = {
        {128, 128, 0.66, 0.75}, {96, 128, 0.65, 0.74}, {128, 64, 0.60, 0.70}, {64, 64, 0.52, 0.62},
        {32, 64, 0.40, 0.56},   {32, 32, 0.29, 0.37},  {64, 16, 0.27, 0.35},  {16, 16, 0.17, 0.24},
    };
    const struct ts_arch *arch = load("gpu-mi100");
    for (size_t i = 0; i < sizeof tiles / sizeof *tiles; i++) {
        double share = busy_share(arch, tiles[i].m, tiles[i].n);
        CU_ASSERT(share >= tiles[i].least);
        CU_ASSERT(share <= tiles[i].most);
    }
}

static void rows_a_channel_period_apart_meet_in_few_channels(void)
{
    const struct ts_arch *arch = load("gpu-mi210");
    const struct ts_simt_kernel *kernel = kernel_of(arch, 64, 64);
    struct ts_simt_gemm beside = product(1, 2048, 2048, 32800);
    struct ts_simt_gemm camping = product(1, 2048, 2048, 32768);
    struct ts_simt_gemm turned = camping;
    turned.a_is_transposed = true;
    double usual = ts_simt_gemm_cost(arch, kernel, &beside).step_pipe_cycles;
    CU_ASSERT(ts_simt_gemm_cost(arch, kernel, &camping).step_pipe_cycles > 1.5 * usual);
    CU_ASSERT_DOUBLE_EQUAL(ts_simt_gemm_cost(arch, kernel, &turned).step_pipe_cycles, usual, 1e-9);
}

static void a_wave_is_of_sixty_four_lanes(void)
{
    const struct ts_arch *loaded = load("gpu-mi100");
    struct ts_arch arch = *loaded;
    struct ts_simt_params params = *ts_simt_params_of(loaded);
    struct ts_simt_gemm gemm = product(1, 512, 512, 512);
    params.max_threads = 4 * 64; /* one block of four waves */
    arch.params = &params;
    struct ts_simt_gemm_cost cost = ts_simt_gemm_cost(&arch, kernel_of(loaded, 32, 32), &gemm);
    CU_ASSERT_EQUAL(cost.blocks_per_unit, 1);
}

static void heads_and_long_products_take_the_tiles_that_were_recorded(void)
{
    const struct ts_arch *arch = load("gpu-mi100");
    struct ts_simt_gemm context = product(256, 512, 64, 512);
    struct ts_simt_gemm_choice head = gemm_choice_of(arch, &context);
    CU_ASSERT(head.kernel.tile_m * head.kernel.tile_n >= 64 * 32);
    struct ts_simt_gemm scores = product(256, 4096, 4096, 64);
    struct ts_simt_gemm_choice shallow = gemm_choice_of(arch, &scores);
    CU_ASSERT(shallow.kernel.tile_m * shallow.kernel.tile_n <= 64 * 128);
    struct ts_simt_gemm endless = product(1, 8192, 8192, 65536);
    struct ts_simt_gemm_choice small = gemm_choice_of(arch, &endless);
    CU_ASSERT(small.kernel.tile_m * small.kernel.tile_n <= 64 * 64);
}

static void narrow_products_have_wider_tiles(void)
{
    const struct ts_arch *arch = load("gpu-mi300x");
    struct ts_simt_gemm gemm = product(1, 8192, 8192, 8000);
    struct ts_simt_gemm_choice single = gemm_choice_of(arch, &gemm);
    gemm.precision = TS_FP16;
    gemm.a_bytes = gemm.b_bytes = gemm.c_bytes = 2;
    struct ts_simt_gemm_choice half = gemm_choice_of(arch, &gemm);
    CU_ASSERT(single.kernel.tile_m * single.kernel.tile_n <= 160 * 128);
    CU_ASSERT(half.kernel.tile_m * half.kernel.tile_n >= 256 * 128);
    CU_ASSERT(half.estimated_cycles < single.estimated_cycles / 2);
}

static const struct test_case cases[] = {
    {"a strided batch takes the tile of one product",
     a_strided_batch_takes_the_tile_of_one_product},
    {"each tile reaches what its kernel was recorded at",
     each_tile_reaches_what_its_kernel_was_recorded_at},
    {"rows a channel period apart meet in few channels",
     rows_a_channel_period_apart_meet_in_few_channels},
    {"a wave is of sixty-four lanes", a_wave_is_of_sixty_four_lanes},
    {"heads and long products take the tiles that were recorded",
     heads_and_long_products_take_the_tiles_that_were_recorded},
    {"narrow products have wider tiles", narrow_products_have_wider_tiles},
};

int main(void)
{
    int status = RUN_SUITE("simt gemm tensile", cases);
    ts_arena_release(&arena);
    return status;
}
