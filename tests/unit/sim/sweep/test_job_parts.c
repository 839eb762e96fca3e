/* A batch that passes a scratchpad in parts. */
#include "sim/sweep/job_parts.h"

#include "suite.h"

#include <string.h>

static struct ts_arena arena;
static struct ts_diagnostics diagnostics;

static bool load(const char *arch, const char *workload, int64_t batch, bool training,
                 struct ts_loaded_job *loaded)
{
    struct ts_job job = ts_job_default(&arena);
    job.arch = arch;
    job.workload = workload;
    job.batch = batch;
    job.training = training;
    job.ignore_capacity = true;
    return ts_job_load(&job, &arena, &diagnostics, loaded);
}

static const struct ts_result *result_of(const struct ts_loaded_job *loaded)
{
    struct ts_result *result = NULL;
    CU_ASSERT_TRUE_FATAL(ts_job_simulate(loaded, &arena, &diagnostics, &result));
    return result;
}

/* x (100 B) → a (50 B); x, a → b (20 B); b → c (10 B): most when x, a and b are there. */
static void what_is_alive_at_once_is_counted_until_its_last_reader(void)
{
    static const struct {
        int first, second, output;
    } steps[] = {{0, -1, 1}, {0, 1, 2}, {2, -1, 3}};
    static const double bytes[] = {100, 50, 20, 10};
    struct ts_kernel kernels[3] = {{.kind = TS_KERNEL_VECTOR}};
    for (int i = 0; i < 3; i++) {
        kernels[i].kind = TS_KERNEL_VECTOR;
        kernels[i].input_count = steps[i].second < 0 ? 1 : 2;
        const int tensors[] = {steps[i].first, steps[i].second, steps[i].output};
        struct ts_operand *operands[] = {&kernels[i].inputs[0], &kernels[i].inputs[1],
                                         &kernels[i].output};
        for (int j = 0; j < 3; j++) {
            *operands[j] = (struct ts_operand){.tensor = tensors[j],
                                               .elements = tensors[j] < 0 ? 0 : bytes[tensors[j]],
                                               .bits_per_element = 8,
                                               .density = 1};
        }
    }
    const struct ts_program program = {.kernels = kernels, .kernel_count = 3, .tensor_count = 4};
    CU_ASSERT_DOUBLE_EQUAL(ts_job_live_bytes(&program, &arena), 170, 1e-9);
    kernels[0].inputs[0].is_weight = kernels[1].inputs[0].is_weight = true;
    CU_ASSERT_DOUBLE_EQUAL(ts_job_live_bytes(&program, &arena), 70, 1e-9);
}

static void a_batch_that_does_not_fit_is_no_slower_than_one_that_does(void)
{
    static const char *const archs[] = {"tpu-v1", "tpu-v3"};
    for (size_t i = 0; i < 2; i++) {
        struct ts_loaded_job fits, large;
        CU_ASSERT_TRUE_FATAL(load(archs[i], "resnet50", 4, false, &fits));
        CU_ASSERT_EQUAL(fits.cut_count, 0);
        CU_ASSERT_TRUE_FATAL(load(archs[i], "resnet50", 97, false, &large));
        CU_ASSERT_TRUE_FATAL(large.cut_count > 0);
        const struct ts_result *small = result_of(&fits), *whole = result_of(&large);
        CU_ASSERT_TRUE(whole->throughput_per_s > small->throughput_per_s);
        CU_ASSERT_EQUAL(whole->workload.batch, 97);
        CU_ASSERT_DOUBLE_EQUAL(whole->workload.macs, 97.0 / 4 * small->workload.macs, 1);
        CU_ASSERT_PTR_NOT_NULL(strstr(whole->notes[whole->note_count - 1], "in parts of"));
    }
}

static void parts_sum_to_the_whole(void)
{
    struct ts_loaded_job loaded;
    CU_ASSERT_TRUE_FATAL(load("tpu-v1", "resnet50", 50, false, &loaded));
    const struct ts_result *result = result_of(&loaded);
    double cycles = 0, energy_j = 0, macs = 0;
    for (int i = 0; i < result->layer_count; i++) {
        cycles += result->layers[i].cycles;
        energy_j += result->layers[i].energy.total_j;
        macs += result->layers[i].macs;
    }
    CU_ASSERT_DOUBLE_EQUAL(cycles, result->cycles, 1e-9 * cycles);
    CU_ASSERT_DOUBLE_EQUAL(energy_j, result->energy.total_j, 1e-9 * energy_j);
    CU_ASSERT_DOUBLE_EQUAL(macs, result->workload.macs, 1e-9 * macs);
}

static void an_item_too_large_for_the_scratchpad_runs_alone(void)
{
    struct ts_loaded_job loaded;
    CU_ASSERT_TRUE_FATAL(load("tpu-v1", "unet", 16, false, &loaded));
    CU_ASSERT_TRUE_FATAL(loaded.cut_count > 0);
    CU_ASSERT_EQUAL(loaded.cuts[0].program->batch, 1);
    CU_ASSERT_DOUBLE_EQUAL(loaded.cuts[0].count, 16, 0);
    CU_ASSERT_EQUAL(loaded.cuts[1].program->batch, 2);
}

/* VGG-16's weights are many: parts that fit would fetch them too often. */
static void parts_may_spill_where_weights_are_many(void)
{
    struct ts_loaded_job loaded;
    CU_ASSERT_TRUE_FATAL(load("tpu-v1", "vgg16", 16, false, &loaded));
    const double at_16 = result_of(&loaded)->throughput_per_s;
    CU_ASSERT_TRUE_FATAL(load("tpu-v1", "vgg16", 256, false, &loaded));
    CU_ASSERT_TRUE(result_of(&loaded)->throughput_per_s > 0.97 * at_16);
}

static void only_inference_of_networks_on_scratchpads_is_cut(void)
{
    struct ts_loaded_job loaded;
    CU_ASSERT_TRUE_FATAL(load("tpu-v3", "resnet50", 64, true, &loaded));
    CU_ASSERT_EQUAL(loaded.cut_count, 0);
    CU_ASSERT_TRUE_FATAL(load("tpu-v3", "gemm:4096,4096,4096", 64, false, &loaded));
    CU_ASSERT_EQUAL(loaded.cut_count, 0);
    CU_ASSERT_TRUE_FATAL(load("gpu-v100-pcie", "resnet50", 256, false, &loaded));
    CU_ASSERT_EQUAL(loaded.cut_count, 0);
    struct ts_job decode = ts_job_default(&arena);
    decode.arch = "tpu-v3";
    decode.workload = "gpt2";
    decode.batch = 64;
    decode.phase = TS_PHASE_DECODE;
    decode.context = 1024;
    CU_ASSERT_TRUE_FATAL(ts_job_load(&decode, &arena, &diagnostics, &loaded));
    CU_ASSERT_EQUAL(loaded.cut_count, 0);
}

int main(void)
{
    static const struct test_case cases[] = {
        {"what is alive at once is counted until its last reader",
         what_is_alive_at_once_is_counted_until_its_last_reader},
        {"a batch that does not fit is no slower than one that does",
         a_batch_that_does_not_fit_is_no_slower_than_one_that_does},
        {"parts sum to the whole", parts_sum_to_the_whole},
        {"an item too large for the scratchpad runs alone",
         an_item_too_large_for_the_scratchpad_runs_alone},
        {"parts may spill where weights are many", parts_may_spill_where_weights_are_many},
        {"only inference of networks on scratchpads is cut",
         only_inference_of_networks_on_scratchpads_is_cut},
    };
    int status = RUN_SUITE("job parts", cases);
    ts_arena_release(&arena);
    ts_diagnostics_release(&diagnostics);
    return status;
}
