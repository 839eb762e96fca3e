#include "tessera/job.h"
#include "sim/sweep/job_parts.h"
#include "tessera/numerics.h"
#include "tessera/plan.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct ts_job ts_job_default(struct ts_arena *arena)
{
    return (struct ts_job){.batch = 1, .precision = TS_PRECISION_NONE, .seed = 1, .arena = arena};
}

/* Words with anything a shell would split or expand are quoted, so that the text can be pasted. */
static bool is_plain(const char *text)
{
    return text[strcspn(text, " \t\n\"'$`\\*?;&|<>()[]{}~#")] == '\0';
}

static void write_quoted(FILE *stream, const char *text)
{
    for (; *text; text++) {
        if (*text == '\'') {
            fputs("'\"'\"'", stream); /* ends the quote, a quoted ', and goes on */
        } else {
            fputc(*text, stream);
        }
    }
}

/* `text`, or KEY=VALUE with a value, so that a shell and ts_options_split() read it back. */
static void write_word(FILE *stream, const char *text, const char *value)
{
    bool plain = *text && is_plain(text) && (!value || is_plain(value));
    fputs(plain ? " " : " '", stream);
    write_quoted(stream, text);
    if (value) {
        fputc('=', stream);
        write_quoted(stream, value);
    }
    fputs(plain ? "" : "'", stream);
}

static void write_training_options(FILE *stream, const struct ts_job *job)
{
    if (job->training) {
        fprintf(stream, " -m training");
    }
    if (job->optimizer) {
        fprintf(stream, " --optimizer %s", job->optimizer);
    }
    if (job->mixed != TS_MIXED_AUTO) {
        fprintf(stream, " --mixed-precision %s", job->mixed == TS_MIXED_ON ? "on" : "off");
    }
    if (job->micro_batches > 1) {
        fprintf(stream, " --accumulate %" PRId64, job->micro_batches);
    }
    if (job->checkpoint == TS_CHECKPOINT_SQRT) {
        fputs(" --checkpoint sqrt", stream);
    } else if (job->checkpoint) {
        fprintf(stream, " --checkpoint %d", job->checkpoint);
    }
}

static void write_options(FILE *stream, const struct ts_job *job)
{
    if (job->batch != 1) {
        fprintf(stream, " -b %" PRId64, job->batch);
    }
    if (job->precision != TS_PRECISION_NONE) {
        fprintf(stream, " -p %s", ts_precision_info(job->precision)->name);
    }
    write_training_options(stream, job);
    if (job->sequence > 0) {
        fprintf(stream, " --seq %" PRId64, job->sequence);
    }
    if (job->phase != TS_PHASE_NONE) {
        fprintf(stream, " --phase %s", job->phase == TS_PHASE_DECODE ? "decode" : "prefill");
    }
    if (job->context > 0) {
        fprintf(stream, " --context %" PRId64, job->context);
    }
    for (int i = 0; i < job->dim_count; i++) {
        fputs(" --dim", stream);
        write_word(stream, job->dims[i], NULL);
    }
    fputs(job->strict ? " --strict" : "", stream);
    for (int i = 0; i < job->transform_count; i++) {
        fputs(" -t", stream);
        write_word(stream, job->transforms[i], NULL);
    }
    for (int i = 0; i < job->override_count; i++) {
        fputs(" -s", stream);
        write_word(stream, job->overrides[i].key, job->overrides[i].value);
    }
    fputs(job->ignore_capacity ? " --ignore-capacity" : "", stream);
    fputs(job->cold ? " --cold" : "", stream);
    fputs(job->exact ? " --exact" : "", stream);
    fputs(job->numerics ? " --numerics" : "", stream);
    if (job->seed != 1) {
        fprintf(stream, " --seed %" PRIu64, job->seed);
    }
}

const char *ts_job_options_text(const struct ts_job *job, struct ts_arena *arena)
{
    char *text = NULL;
    size_t length = 0;
    FILE *stream = open_memstream(&text, &length);
    if (!stream) {
        return "";
    }
    write_options(stream, job);
    fclose(stream);
    const char *kept = ts_arena_strdup(arena, length > 0 ? text + 1 : "");
    free(text);
    return kept;
}

/* Says which formats a machine has. */
static const char *supported_names(const struct ts_arch *arch, struct ts_diagnostics *diagnostics)
{
    const char *list = "";
    for (int p = 0; p < TS_PRECISION_COUNT; p++) {
        if (ts_arch_supports(arch, (enum ts_precision)p)) {
            list = ts_arena_printf(&diagnostics->arena, "%s%s%s", list, *list ? ", " : "",
                                   ts_precision_info((enum ts_precision)p)->name);
        }
    }
    return list;
}

bool ts_job_resolve_precision(const struct ts_job *job, const struct ts_arch *arch,
                              struct ts_diagnostics *diagnostics, enum ts_precision *precision)
{
    *precision = job->precision == TS_PRECISION_NONE ? arch->default_precision : job->precision;
    bool is_probe = strncmp(job->workload, "memory:", 7) == 0;
    if (is_probe || ts_arch_supports(arch, *precision)) {
        return true;
    }
    struct ts_place nowhere = {.file = NULL};
    ts_diag_error(diagnostics, TS_ERROR_PRECISION, nowhere, "'%s' can't compute in %s", arch->name,
                  ts_precision_info(*precision)->name);
    const char *names = supported_names(arch, diagnostics);
    if (*names) {
        ts_diag_help(diagnostics, "it has %s", names);
    } else {
        ts_diag_help(diagnostics, "it computes nothing: a machine says what it does in "
                                  "compute.vector_macs_per_cycle, e.g. {fp32: 16}; a memory takes "
                                  "memory:PATTERN");
    }
    return false;
}

/* Layers that a transform or the network itself gives a format of their own. */
static bool check_layers(const struct ts_arch *arch, const struct ts_program *program,
                         struct ts_diagnostics *diagnostics)
{
    struct ts_place nowhere = {.file = NULL};
    for (int i = 0; i < program->kernel_count; i++) {
        const struct ts_kernel *kernel = &program->kernels[i];
        if (kernel->kind != TS_KERNEL_GEMM || ts_arch_supports(arch, kernel->precision)) {
            continue;
        }
        ts_diag_error(diagnostics, TS_ERROR_PRECISION, nowhere,
                      "'%s' can't compute '%s' of '%s' in %s", arch->name, kernel->name,
                      program->name, ts_precision_info(kernel->precision)->name);
        ts_diag_help(diagnostics, "it has %s", supported_names(arch, diagnostics));
        return false;
    }
    return true;
}

/* Training that needs more memory than there is: says which batch would do. Workspaces grow with
 * the batch as activations do. */
static bool check_capacity(const struct ts_arch *arch, const struct ts_program *program,
                           const struct ts_footprint *footprint, struct ts_diagnostics *diagnostics)
{
    double capacity = arch->memory.dram_capacity_bytes, gib = 1073741824.0;
    double total = ts_footprint_bytes(footprint);
    if (capacity <= 0 || total <= capacity) {
        return true;
    }
    struct ts_place nowhere = {.file = NULL};
    double grows = footprint->activations + footprint->workspace;
    double batch = floor((double)program->batch * (capacity - (total - grows)) / grows);
    ts_diag_error(diagnostics, TS_ERROR_LIMIT, nowhere,
                  "training '%s' with batch %" PRId64 " keeps at least %.4g GiB, '%s' has %.4g GiB",
                  program->name, program->batch, total / gib, arch->name, capacity / gib);
    if (batch >= 1) {
        ts_diag_help(
            diagnostics,
            "the largest batch that fits is %.0f; --accumulate and --checkpoint keep less, "
            "--ignore-capacity goes on",
            batch);
    } else {
        ts_diag_help(diagnostics, "no batch fits; --ignore-capacity goes on all the same");
    }
    return false;
}

/* Zeros that the machine computes like any other value: those anywhere, unless its family skips
 * them; those in fixed places, unless it has cores for them. */
static bool computes_zeros(const struct ts_arch *arch, const struct ts_kernel *kernel)
{
    if (kernel->kind != TS_KERNEL_GEMM || kernel->effective_macs >= kernel->macs ||
        arch->family->skips_zeros) {
        return false;
    }
    double speedup = arch->family->structured_speedup ? arch->family->structured_speedup(arch) : 1;
    return !kernel->structured_2_4 || speedup <= 1 || kernel->a.density < 1;
}

static bool widens_weights(const struct ts_kernel *kernel)
{
    return kernel->kind == TS_KERNEL_GEMM && kernel->b.is_weight &&
           kernel->b.bits_per_element < ts_precision_info(kernel->precision)->storage_bits;
}

/* What of a transform the machine cannot turn into speed. */
static void note_unused(const struct ts_arch *arch, struct ts_program *program,
                        struct ts_arena *arena)
{
    bool zeros = false, narrow = false;
    for (int i = 0; i < program->kernel_count; i++) {
        zeros |= computes_zeros(arch, &program->kernels[i]);
        narrow |= !arch->family->skips_zeros && widens_weights(&program->kernels[i]);
    }
    if (zeros) {
        ts_program_note(program, ts_arena_printf(arena,
                                                 "'%s' computes zeros like any other value: it is "
                                                 "no faster for them, and tflops counts only the "
                                                 "work they leave",
                                                 arch->name));
    }
    if (narrow) {
        ts_program_note(program, ts_arena_printf(arena,
                                                 "'%s' widens narrow weights to the format of its "
                                                 "arithmetic: they save traffic alone",
                                                 arch->name));
    }
}

/* Inference of what the memory can't hold: timed as if it could. Training is checked. */
static void note_capacity(const struct ts_arch *arch, struct ts_program *program,
                          struct ts_arena *arena)
{
    const double capacity = arch->memory.dram_capacity_bytes, gib = 1073741824.0;
    const double needed = program->parameter_bytes + program->kv_cache_bytes;
    if (!program->training && !program->one_liner && capacity > 0 && needed > capacity) {
        ts_program_note(program, ts_arena_printf(arena,
                                                 "'%s' needs %.4g GiB for weights%s, '%s' has %.4g "
                                                 "GiB of memory: the figures are those of one with "
                                                 "enough",
                                                 program->name, needed / gib,
                                                 program->kv_cache_bytes > 0 ? " and KV cache" : "",
                                                 arch->name, capacity / gib));
    }
}

static void note_training_mode(const struct ts_arch *arch, struct ts_program *program,
                               struct ts_arena *arena)
{
    if (arch->training_mode && !program->training && !program->one_liner) {
        ts_program_note(program, ts_arena_printf(arena,
                                                 "'%s' runs networks as it was measured: in "
                                                 "training mode, with statistics of the batch and "
                                                 "dropout; -s compute.training_mode=off ends that",
                                                 arch->name));
    }
}

static struct ts_workload_options
workload_options(const struct ts_job *job, const struct ts_arch *arch, enum ts_precision precision)
{
    return (struct ts_workload_options){
        .batch = job->batch,
        .precision = precision,
        .training = job->training,
        .optimizer = job->optimizer,
        .mixed = job->mixed,
        .micro_batches = job->micro_batches,
        .checkpoint = job->checkpoint,
        .sequence = job->sequence,
        .phase = job->phase,
        .context = job->context,
        .dims = job->dims,
        .dim_count = job->dim_count,
        .strict = job->strict,
        .transforms = job->transforms,
        .transform_count = job->transform_count,
        .fuse = arch->fuse,
        .winograd = arch->family->winograd,
        .training_mode = arch->training_mode,
    };
}

/* What was loaded makes sense on the machine. */
static bool check_program(const struct ts_job *job, const struct ts_arch *arch,
                          const struct ts_program *program, struct ts_diagnostics *diagnostics)
{
    if (job->numerics && program->macs <= 0) {
        return ts_diag_error(diagnostics, TS_ERROR_CONFLICT, (struct ts_place){.file = NULL},
                             "'%s' multiplies nothing whose noise --numerics could measure",
                             program->name);
    }
    return check_layers(arch, program, diagnostics) &&
           (job->ignore_capacity ||
            check_capacity(arch, program, &program->footprint, diagnostics));
}

bool ts_job_load_on(const struct ts_job *job, const struct ts_arch *arch, struct ts_arena *arena,
                    struct ts_diagnostics *diagnostics, struct ts_loaded_job *loaded)
{
    enum ts_precision precision;
    if (!ts_job_resolve_precision(job, arch, diagnostics, &precision)) {
        return false;
    }
    struct ts_workload_options options = workload_options(job, arch, precision);
    struct ts_program *program = NULL;
    if (!ts_workload_load(job->workload, &options, arena, diagnostics, &program)) {
        return false;
    }
    note_unused(arch, program, arena);
    note_training_mode(arch, program, arena);
    note_capacity(arch, program, arena);
    if (!check_program(job, arch, program, diagnostics)) {
        return false;
    }
    *loaded = (struct ts_loaded_job){
        .arch = arch,
        .program = program,
        .precision = precision,
        .ignore_capacity = job->ignore_capacity,
        .options = {.exact = job->exact,
                    .cold = job->cold,
                    .numerics = job->numerics,
                    .seed = job->seed,
                    .options = ts_job_options_text(job, arena)},
    };
    return ts_job_parts_load(job, &options, arena, diagnostics, loaded);
}

bool ts_job_load(const struct ts_job *job, struct ts_arena *arena,
                 struct ts_diagnostics *diagnostics, struct ts_loaded_job *loaded)
{
    const struct ts_arch *arch = NULL;
    return ts_arch_load(job->arch, job->overrides, job->override_count, arena, diagnostics,
                        &arch) &&
           ts_job_load_on(job, arch, arena, diagnostics, loaded);
}

bool ts_job_simulate(const struct ts_loaded_job *loaded, struct ts_arena *arena,
                     struct ts_diagnostics *diagnostics, struct ts_result **result)
{
    if (!ts_job_parts_simulate(loaded, arena, diagnostics, result)) {
        return false;
    }
    if (loaded->options.numerics) {
        ts_numerics_measure(loaded->arch, loaded->program, loaded->options.seed, arena, *result);
    }
    return loaded->ignore_capacity || check_capacity(loaded->arch, loaded->program,
                                                     &(*result)->workload.footprint, diagnostics);
}
