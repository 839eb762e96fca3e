#include "tessera/job.h"

#include <string.h>

static const struct ts_place command_line = {.file = NULL};

enum { MAX_BATCH = 1 << 24, MAX_SEQUENCE = 1 << 26, MAX_SEGMENTS = 100000 };

static bool apply_batch(void *target, const char *value, struct ts_diagnostics *diagnostics)
{
    struct ts_job *job = target;
    return ts_option_integer("--batch", value, 1, MAX_BATCH, diagnostics, &job->batch);
}

bool ts_job_precision(struct ts_job *job, const char *name, struct ts_diagnostics *diagnostics)
{
    enum ts_precision precision = ts_precision_parse(name);
    if (precision == TS_PRECISION_NONE) {
        ts_diag_error(diagnostics, TS_ERROR_UNKNOWN_NAME, command_line, "unknown precision '%s'",
                      name);
        const char *suggestion = ts_suggest(name, ts_precision_names(), TS_PRECISION_COUNT);
        if (suggestion) {
            ts_diag_help(diagnostics, "did you mean '%s'?", suggestion);
        } else {
            ts_diag_help(diagnostics, "`tessera list precisions` names them");
        }
        return false;
    }
    job->precision = precision;
    return true;
}

static bool apply_precision(void *target, const char *value, struct ts_diagnostics *diagnostics)
{
    return ts_job_precision(target, value, diagnostics);
}

static bool one_of(const char *option, const char *value, const char *const *names, size_t count,
                   struct ts_diagnostics *diagnostics)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(value, names[i]) == 0) {
            return true;
        }
    }
    ts_diag_error(diagnostics, TS_ERROR_UNKNOWN_NAME, command_line, "unknown %s '%s'", option,
                  value);
    const char *suggestion = ts_suggest(value, names, count), *all = "";
    for (size_t i = 0; i < count; i++) {
        all = ts_arena_printf(&diagnostics->arena, "%s%s%s", all, i > 0 ? ", " : "", names[i]);
    }
    if (suggestion) {
        ts_diag_help(diagnostics, "did you mean '%s'?", suggestion);
    } else {
        ts_diag_help(diagnostics, "there are %s", all);
    }
    return false;
}

bool ts_job_mode(struct ts_job *job, const char *name, struct ts_diagnostics *diagnostics)
{
    static const char *const modes[] = {"inference", "training"};
    if (!one_of("mode", name, modes, 2, diagnostics)) {
        return false;
    }
    job->training = strcmp(name, "training") == 0;
    return true;
}

static bool apply_mode(void *target, const char *value, struct ts_diagnostics *diagnostics)
{
    return ts_job_mode(target, value, diagnostics);
}

static bool apply_optimizer(void *target, const char *value, struct ts_diagnostics *diagnostics)
{
    static const char *const optimizers[] = {"sgd", "momentum", "adam", "none"};
    struct ts_job *job = target;
    job->optimizer = value;
    return one_of("optimizer", value, optimizers, 4, diagnostics);
}

static bool apply_mixed_precision(void *target, const char *value,
                                  struct ts_diagnostics *diagnostics)
{
    static const char *const choices[] = {"on", "off"};
    struct ts_job *job = target;
    job->mixed = strcmp(value, "on") == 0 ? TS_MIXED_ON : TS_MIXED_OFF;
    return one_of("mixed precision", value, choices, 2, diagnostics);
}

static bool apply_accumulate(void *target, const char *value, struct ts_diagnostics *diagnostics)
{
    struct ts_job *job = target;
    return ts_option_integer("--accumulate", value, 1, MAX_BATCH, diagnostics, &job->micro_batches);
}

static bool apply_checkpoint(void *target, const char *value, struct ts_diagnostics *diagnostics)
{
    struct ts_job *job = target;
    int64_t segments = TS_CHECKPOINT_SQRT;
    bool ok = strcmp(value, "sqrt") == 0 ||
              ts_option_integer("--checkpoint", value, 1, MAX_SEGMENTS, diagnostics, &segments);
    if (!ok) {
        ts_diag_help(diagnostics, "a number of segments, or 'sqrt' for the square root of the "
                                  "number of layers");
    }
    job->checkpoint = (int)segments;
    return ok;
}

static bool apply_sequence(void *target, const char *value, struct ts_diagnostics *diagnostics)
{
    struct ts_job *job = target;
    return ts_option_integer("--seq", value, 1, MAX_SEQUENCE, diagnostics, &job->sequence);
}

bool ts_job_phase(struct ts_job *job, const char *name, struct ts_diagnostics *diagnostics)
{
    static const char *const phases[] = {"prefill", "decode"};
    if (!one_of("phase", name, phases, 2, diagnostics)) {
        return false;
    }
    job->phase = strcmp(name, "decode") == 0 ? TS_PHASE_DECODE : TS_PHASE_PREFILL;
    return true;
}

static bool apply_phase(void *target, const char *value, struct ts_diagnostics *diagnostics)
{
    return ts_job_phase(target, value, diagnostics);
}

static bool apply_context(void *target, const char *value, struct ts_diagnostics *diagnostics)
{
    struct ts_job *job = target;
    return ts_option_integer("--context", value, 1, MAX_SEQUENCE, diagnostics, &job->context);
}

static bool apply_dim(void *target, const char *value, struct ts_diagnostics *diagnostics)
{
    struct ts_job *job = target;
    if (job->dim_count == TS_MAX_DIMS) {
        return ts_diag_error(diagnostics, TS_ERROR_LIMIT, command_line, "more than %d dimensions",
                             TS_MAX_DIMS);
    }
    job->dims[job->dim_count++] = value;
    return true;
}

static bool apply_strict(void *target, const char *value, struct ts_diagnostics *diagnostics)
{
    (void)value;
    (void)diagnostics;
    ((struct ts_job *)target)->strict = true;
    return true;
}

bool ts_job_transform(struct ts_job *job, const char *transform, struct ts_diagnostics *diagnostics)
{
    if (job->transform_count == TS_MAX_TRANSFORMS) {
        return ts_diag_error(diagnostics, TS_ERROR_LIMIT, command_line, "more than %d transforms",
                             TS_MAX_TRANSFORMS);
    }
    job->transforms[job->transform_count++] = transform;
    return true;
}

static bool apply_transform(void *target, const char *value, struct ts_diagnostics *diagnostics)
{
    return ts_job_transform(target, value, diagnostics);
}

bool ts_job_override(struct ts_job *job, const char *key, const char *value,
                     struct ts_diagnostics *diagnostics)
{
    if (job->override_count == TS_MAX_OVERRIDES) {
        return ts_diag_error(diagnostics, TS_ERROR_LIMIT, command_line, "more than %d settings",
                             TS_MAX_OVERRIDES);
    }
    job->overrides[job->override_count++] = (struct ts_override){key, value};
    return true;
}

static bool apply_setting(void *target, const char *value, struct ts_diagnostics *diagnostics)
{
    struct ts_job *job = target;
    const char *equals = strchr(value, '=');
    if (!equals || equals == value || equals[1] == '\0') {
        ts_diag_error(diagnostics, TS_ERROR_USAGE, command_line,
                      "option '--set' needs KEY=VALUE, not '%s'", value);
        ts_diag_help(diagnostics, "as in -s memory.dram.bandwidth_gbps=900");
        return false;
    }
    char *key = ts_arena_strndup(job->arena, value, (size_t)(equals - value));
    return ts_job_override(job, key, equals + 1, diagnostics);
}

static bool apply_seed(void *target, const char *value, struct ts_diagnostics *diagnostics)
{
    struct ts_job *job = target;
    int64_t seed = 0;
    bool ok = ts_option_integer("--seed", value, 0, INT64_MAX, diagnostics, &seed);
    job->seed = (uint64_t)seed;
    return ok;
}

static bool apply_exact(void *target, const char *value, struct ts_diagnostics *diagnostics)
{
    (void)value;
    (void)diagnostics;
    ((struct ts_job *)target)->exact = true;
    return true;
}

static bool apply_cold(void *target, const char *value, struct ts_diagnostics *diagnostics)
{
    (void)value;
    (void)diagnostics;
    ((struct ts_job *)target)->cold = true;
    return true;
}

/* A flag on the command line, on or off as an axis of a sweep. */
static bool apply_numerics(void *target, const char *value, struct ts_diagnostics *diagnostics)
{
    static const char *const names[] = {"on", "off"};
    struct ts_job *job = target;
    if (value && !one_of("numerics", value, names, 2, diagnostics)) {
        return false;
    }
    job->numerics = !value || strcmp(value, "on") == 0;
    return true;
}

static bool apply_ignore_capacity(void *target, const char *value,
                                  struct ts_diagnostics *diagnostics)
{
    (void)value;
    (void)diagnostics;
    ((struct ts_job *)target)->ignore_capacity = true;
    return true;
}

const struct ts_option_row ts_job_options[] = {
    {'b', "batch", "N", "items processed together (1)", apply_batch},
    {'p', "precision", "NAME", "number format (the machine's own)", apply_precision},
    {'m', "mode", "MODE", "inference or training (inference)", apply_mode},
    {0, "seq", "N", "sequence length (the network's own)", apply_sequence},
    {0, "phase", "PHASE", "of generation: prefill (the prompt) or decode (a token each)",
     apply_phase},
    {0, "context", "N", "decode: tokens in the KV cache (the sequence length)", apply_context},
    {0, "dim", "NAME=VALUE", "a dynamic dimension of an ONNX file; repeatable", apply_dim},
    {0, "strict", NULL, "an operator without a model is an error", apply_strict},
    {'t', "transform", "NAME[:ARG]", "change the network first; repeatable, in order",
     apply_transform},
    {'s', "set", "KEY=VALUE", "any key of the architecture, dotted; repeatable", apply_setting},
    {0, "optimizer", "NAME", "of training: sgd, momentum, adam or none (sgd)", apply_optimizer},
    {0, "mixed-precision", "on|off",
     "training: fp32 weights beside the narrow ones (on for fp16, bf16, fp8)",
     apply_mixed_precision},
    {0, "accumulate", "N", "training: the batch in N pieces, gradients summed (1)",
     apply_accumulate},
    {0, "checkpoint", "N|sqrt", "training: keep what crosses N segments, recompute the rest",
     apply_checkpoint},
    {0, "ignore-capacity", NULL, "train what does not fit in the memory all the same",
     apply_ignore_capacity},
    {0, "cold", NULL, "one-liners start with empty caches", apply_cold},
    {0, "numerics", NULL, "measure the noise of the number formats on random tensors",
     apply_numerics},
    {0, "exact", NULL, "simulate every tile, extrapolate nothing", apply_exact},
    {0, "seed", "N", "of sparsity patterns and random tensors (1)", apply_seed},
};
const size_t ts_job_option_count = sizeof ts_job_options / sizeof *ts_job_options;

const struct ts_option_row *ts_job_option(const char *long_name)
{
    for (size_t i = 0; i < ts_job_option_count; i++) {
        if (strcmp(ts_job_options[i].long_name, long_name) == 0) {
            return &ts_job_options[i];
        }
    }
    ts_bug("there is no option --%s", long_name);
}
