#include "unit/workloads/transform/transformed.h"

static struct loaded trained(const char *workload, const char *first, const char *second)
{
    struct ts_workload_options options = plain_options();
    options.training = true;
    options.batch = 8;
    return transformed_with(workload, first, second, options);
}

static void inference_runs_the_student_alone(void)
{
    struct loaded student = load("resnet18"), teacher = load("resnet50");
    struct loaded loaded = transformed("resnet50", "distill:resnet18", NULL);
    CU_ASSERT_PTR_NOT_NULL_FATAL(loaded.program);
    CU_ASSERT_EQUAL(loaded.program->macs, student.program->macs);
    CU_ASSERT_EQUAL(loaded.program->parameters, student.program->parameters);
    CU_ASSERT_EQUAL(loaded.program->kernel_count, student.program->kernel_count);
    CU_ASSERT_STRING_EQUAL(loaded.program->name, "resnet50");
    CU_ASSERT_STRING_EQUAL(loaded.program->student.name, "resnet18");
    CU_ASSERT_EQUAL(loaded.program->student.macs, student.program->macs);
    CU_ASSERT_STRING_EQUAL(loaded.program->teacher.name, "resnet50");
    CU_ASSERT_EQUAL(loaded.program->teacher.macs, teacher.program->macs);
    CU_ASSERT_EQUAL(loaded.program->teacher.parameters, teacher.program->parameters);
    CU_ASSERT_TRUE(notes(&loaded, "inference runs the student alone"));
    unload(&loaded);
    unload(&student);
    unload(&teacher);
}

static void training_runs_the_teacher_forward_beside_the_student(void)
{
    struct ts_workload_options options = plain_options();
    options.batch = 8;
    struct loaded teacher = load_with("resnet50", &options);
    options.training = true;
    struct loaded student = load_with("resnet18", &options);
    struct loaded loaded = trained("resnet50", "distill:resnet18", NULL);
    CU_ASSERT_PTR_NOT_NULL_FATAL(loaded.program);
    CU_ASSERT_EQUAL(loaded.program->macs, teacher.program->macs + student.program->macs);
    CU_ASSERT_EQUAL(loaded.program->kernel_count,
                    teacher.program->kernel_count + student.program->kernel_count + 3);
    CU_ASSERT_EQUAL(loaded.program->parameters,
                    teacher.program->parameters + student.program->parameters);
    const struct ts_kernel *first = kernel_named(loaded.program, "teacher.conv1");
    CU_ASSERT_EQUAL(first->pass, TS_PASS_FORWARD);
    CU_ASSERT_NOT_EQUAL(first->b.tensor, kernel_named(loaded.program, "conv1")->b.tensor);
    for (int i = 0; i < loaded.program->kernel_count; i++) {
        const struct ts_kernel *kernel = &loaded.program->kernels[i];
        if (strncmp(kernel->name, "teacher.", 8) == 0) {
            CU_ASSERT_EQUAL(kernel->pass, TS_PASS_FORWARD);
        }
    }
    /* Gradients and the optimiser are the student's; the teacher's weights are only read. */
    CU_ASSERT_EQUAL(loaded.program->footprint.gradients, student.program->footprint.gradients);
    CU_ASSERT_EQUAL(loaded.program->footprint.weights - student.program->footprint.weights,
                    teacher.program->parameters * 4);
    unload(&loaded);
    unload(&student);
    unload(&teacher);
}

/* Weights of both are there once, however many micro-batches run. */
static void micro_batches_repeat_the_teacher(void)
{
    struct ts_workload_options options = plain_options();
    options.training = true;
    options.batch = 8;
    struct loaded whole = transformed_with("resnet50", "distill:resnet18", NULL, options);
    options.micro_batches = 4;
    struct loaded parts = transformed_with("resnet50", "distill:resnet18", NULL, options);
    CU_ASSERT_PTR_NOT_NULL_FATAL(parts.program);
    CU_ASSERT_EQUAL(parts.program->macs, whole.program->macs);
    CU_ASSERT_EQUAL(parts.program->teacher.macs, whole.program->teacher.macs);
    CU_ASSERT_EQUAL(parts.program->footprint.weights, whole.program->footprint.weights);
    CU_ASSERT_TRUE(parts.program->footprint.activations < whole.program->footprint.activations);
    const struct ts_kernel *first = kernel_named(parts.program, "teacher.conv1");
    const struct ts_kernel *last = kernel_named(parts.program, "teacher.conv1@4");
    CU_ASSERT_EQUAL(first->b.tensor, last->b.tensor);
    CU_ASSERT_NOT_EQUAL(first->c.tensor, last->c.tensor);
    CU_ASSERT_EQUAL(first->m, 2 * 112 * 112);
    unload(&whole);
    unload(&parts);
}

static void the_soft_loss_reads_both_answers(void)
{
    struct loaded loaded = trained("resnet50", "distill:resnet18", NULL);
    const struct ts_kernel *target = kernel_named(loaded.program, "fc.distillation.target");
    const struct ts_kernel *guess = kernel_named(loaded.program, "fc.distillation.guess");
    const struct ts_kernel *gradient = kernel_named(loaded.program, "fc.distillation.gradient");
    CU_ASSERT_EQUAL(target->inputs[0].tensor, kernel_named(loaded.program, "teacher.fc")->c.tensor);
    CU_ASSERT_EQUAL(guess->inputs[0].tensor, kernel_named(loaded.program, "fc")->c.tensor);
    CU_ASSERT_EQUAL(gradient->inputs[0].tensor, target->output.tensor);
    CU_ASSERT_EQUAL(target->row_elements, 1000);
    unload(&loaded);
}

/* What stands before is about the teacher, what stands after about the student. */
static void transforms_apply_in_order(void)
{
    struct loaded before = trained("resnet50", "prune:0.5", "distill:resnet18");
    CU_ASSERT_EQUAL(kernel_named(before.program, "teacher.conv1")->b.density, 0.5);
    CU_ASSERT_EQUAL(kernel_named(before.program, "conv1")->b.density, 1);
    unload(&before);
    struct loaded after = trained("resnet50", "distill:resnet18", "prune:0.5");
    CU_ASSERT_EQUAL(kernel_named(after.program, "teacher.conv1")->b.density, 1);
    CU_ASSERT_EQUAL(kernel_named(after.program, "conv1")->b.density, 0.5);
    unload(&after);
}

static void students_generate_text_too(void)
{
    struct ts_workload_options options = plain_options();
    options.phase = TS_PHASE_DECODE;
    options.context = 100;
    struct loaded plain = load_with("gpt2", &options);
    struct loaded loaded = transformed_with("gpt2-medium", "distill:gpt2", NULL, options);
    CU_ASSERT_PTR_NOT_NULL_FATAL(loaded.program);
    CU_ASSERT_EQUAL(loaded.program->macs, plain.program->macs);
    CU_ASSERT_EQUAL(loaded.program->kv_cache_bytes, plain.program->kv_cache_bytes);
    unload(&loaded);
    unload(&plain);
    struct loaded training = trained("gpt2-medium", "distill:gpt2", NULL);
    CU_ASSERT_PTR_NOT_NULL_FATAL(training.program);
    unload(&training);
}

static void who_cannot_teach_or_learn_is_told(void)
{
    expect_error(transformed("resnet50", "distill:unet", NULL), TS_ERROR_SHAPE,
                 "'resnet50' answers [1, 1000], 'unet' [1, 2, 388, 388]");
    expect_error(transformed("resnet50", "distill:yolov3", NULL), TS_ERROR_SHAPE,
                 "different numbers of outputs");
    expect_error(transformed("resnet50", "distill:resnet19", NULL), TS_ERROR_UNKNOWN_NAME,
                 "did you mean 'resnet18'?");
    expect_error(transformed("resnet50", "distill:fc:31,1000", NULL), TS_ERROR_CONFLICT,
                 "a student is a network");
    expect_error(transformed("fc:31,1000", "distill:resnet18", NULL), TS_ERROR_CONFLICT,
                 "no network that could teach");
    expect_error(transformed("resnet50", "distill:resnet34", "distill:resnet18"), TS_ERROR_CONFLICT,
                 "has a teacher already");
    expect_error(transformed("resnet50", "distill", NULL), TS_ERROR_USAGE, "distill:NETWORK");
}

int main(void)
{
    static const struct test_case cases[] = {
        {"inference runs the student alone", inference_runs_the_student_alone},
        {"training runs the teacher forward beside the student",
         training_runs_the_teacher_forward_beside_the_student},
        {"micro-batches repeat the teacher", micro_batches_repeat_the_teacher},
        {"the soft loss reads both answers", the_soft_loss_reads_both_answers},
        {"transforms apply in order", transforms_apply_in_order},
        {"students generate text too", students_generate_text_too},
        {"who cannot teach or learn is told", who_cannot_teach_or_learn_is_told},
    };
    return RUN_SUITE("distill", cases);
}
