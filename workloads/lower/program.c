/* Loading a workload: frontend → transforms → forward kernels → training → totals. */
#include "tessera/hash.h"
#include "workloads/frontend/frontend.h"
#include "workloads/lower/distillation.h"
#include "workloads/lower/winograd.h"
#include "workloads/training/training.h"
#include "workloads/transform/transform.h"

#include <math.h>
#include <string.h>

static const struct ts_place nowhere;

#define MAX_BATCH (INT64_C(1) << 24)
#define MAX_MACS 1e21

double ts_operand_dense_bytes(const struct ts_operand *operand)
{
    return ceil(operand->elements * operand->bits_per_element / 8);
}

void ts_program_note(struct ts_program *program, const char *text)
{
    for (int i = 0; i < program->note_count; i++) {
        if (strcmp(program->notes[i], text) == 0) {
            return;
        }
    }
    if (program->note_count < TS_MAX_PROGRAM_NOTES) {
        program->notes[program->note_count++] = text;
    }
}

static uint64_t hash_operand(uint64_t hash, const struct ts_operand *operand)
{
    hash = ts_hash_integer(hash, operand->tensor);
    hash = ts_hash_double(hash, operand->elements);
    hash = ts_hash_double(hash, operand->density);
    return ts_hash_double(hash, operand->bits_per_element);
}

static uint64_t hash_kernel(uint64_t hash, const struct ts_kernel *kernel)
{
    hash = ts_hash_text(hash, kernel->name);
    hash = ts_hash_integer(hash, kernel->kind * 64 + kernel->pass * 16 + (int)kernel->precision);
    hash = ts_hash_integer(hash, kernel->batch);
    hash = ts_hash_integer(hash, kernel->m);
    hash = ts_hash_integer(hash, kernel->n);
    hash = ts_hash_integer(hash, kernel->k);
    hash = ts_hash_double(hash, kernel->elements);
    hash = ts_hash_double(hash, kernel->ops_per_element);
    hash = hash_operand(hash, &kernel->a);
    hash = hash_operand(hash, &kernel->b);
    hash = hash_operand(hash, &kernel->c);
    for (int i = 0; i < kernel->input_count; i++) {
        hash = hash_operand(hash, &kernel->inputs[i]);
    }
    hash = hash_operand(hash, &kernel->output);
    const int64_t *geometry = (const int64_t *)&kernel->conv;
    for (size_t i = 0; i < sizeof kernel->conv / sizeof *geometry; i++) {
        hash = ts_hash_integer(hash, geometry[i]);
    }
    if (kernel->winograd) {
        hash = ts_hash_integer(hash, kernel->winograd);
    }
    return ts_hash_text(hash, kernel->probe_pattern ? kernel->probe_pattern : "");
}

/* Marks the network's own inputs where they are read and its results where they are written, by
 * program tensor, so that reshapes do not hide them. */
static void mark_network_io(struct ts_program *program, const struct ts_graph *graph,
                            const struct ts_lowering *lowering)
{
    bool *inputs = TS_NEW_ARRAY(lowering->arena, lowering->next_tensor + 1, bool);
    bool *results = TS_NEW_ARRAY(lowering->arena, lowering->next_tensor + 1, bool);
    bool *read = TS_NEW_ARRAY(lowering->arena, graph->tensor_count + 1, bool);
    for (int i = 0; i < graph->tensor_count; i++) {
        if (graph->tensors[i].producer < 0 && !graph->tensors[i].is_parameter) {
            inputs[lowering->tensor_ids[i]] = true;
        }
    }
    for (int i = 0; i < graph->node_count; i++) {
        for (int j = 0; j < graph->nodes[i].input_count; j++) {
            read[graph->nodes[i].inputs[j]] = true;
        }
    }
    for (int i = 0; i < graph->node_count && !program->training; i++) {
        if (!read[graph->nodes[i].outputs[0]]) {
            results[lowering->tensor_ids[graph->nodes[i].outputs[0]]] = true;
        }
    }
    for (int i = 0; i < program->kernel_count; i++) {
        struct ts_kernel *kernel = &program->kernels[i];
        struct ts_operand *from[] = {&kernel->a, &kernel->b, &kernel->inputs[0], &kernel->inputs[1],
                                     &kernel->inputs[2]};
        struct ts_operand *to[] = {&kernel->c, &kernel->output};
        for (int j = 0; j < 5; j++) {
            from[j]->is_network_io = from[j]->tensor >= 0 && inputs[from[j]->tensor];
        }
        for (int j = 0; j < 2; j++) {
            to[j]->is_network_io = to[j]->tensor >= 0 && results[to[j]->tensor];
        }
        /* The first reader brings it; later ones find it. */
        for (int j = 0; j < 5; j++) {
            if (from[j]->is_network_io) {
                inputs[from[j]->tensor] = false;
            }
        }
    }
}

static bool finish(struct ts_program *program, struct ts_diagnostics *diagnostics)
{
    program->hash = ts_hash_text(TS_HASH_INIT, program->name);
    for (int i = 0; i < program->kernel_count; i++) {
        struct ts_kernel *kernel = &program->kernels[i];
        if (kernel->kind == TS_KERNEL_VECTOR && kernel->input_count) {
            kernel->precision = kernel->inputs[0].precision;
        }
        kernel->network_parameters = program->parameters;
        program->macs += kernel->macs;
        program->effective_macs += kernel->effective_macs;
        program->hash = hash_kernel(program->hash, kernel);
    }
    if (program->macs > MAX_MACS) {
        return ts_diag_error(diagnostics, TS_ERROR_LIMIT, nowhere,
                             "'%s' has %.3g multiply-accumulates, at most %.0e are simulated",
                             program->name, program->macs, MAX_MACS);
    }
    return true;
}

static void make_probe(struct ts_program *program, const struct ts_source_network *network,
                       struct ts_arena *arena)
{
    struct ts_kernel *kernel = TS_NEW(arena, struct ts_kernel);
    const struct ts_operand none = {.tensor = -1, .density = 1, .precision = program->precision};
    *kernel = (struct ts_kernel){.name = network->probe_pattern,
                                 .op = "memory",
                                 .kind = TS_KERNEL_PROBE,
                                 .precision = program->precision,
                                 .a = none,
                                 .b = none,
                                 .c = none,
                                 .inputs = {none, none, none},
                                 .output = none,
                                 .probe_pattern = network->probe_pattern};
    program->kernels = kernel;
    program->kernel_count = 1;
}

/* Marked layers that run direct all the same. */
static void note_winograd(struct ts_program *program, const struct ts_lowering *lowering)
{
    const struct ts_graph *graph = lowering->graph;
    for (int i = 0; i < graph->node_count; i++) {
        const struct ts_node *node = &graph->nodes[i];
        const char *why = node->winograd ? ts_winograd_refusal(lowering, node) : NULL;
        if (why) {
            ts_program_note(program, ts_arena_printf(lowering->arena,
                                                     "winograd:%d is not used: %s; layers run "
                                                     "direct",
                                                     node->winograd, why));
        }
    }
}

/* Forward kernels; in the training of a student the teacher's first. */
static bool lower_forward(struct ts_program *program, struct ts_lowering *lowering,
                          struct ts_diagnostics *diagnostics)
{
    const struct ts_graph *graph = lowering->graph;
    struct ts_operand *answers = NULL;
    int count = 0;
    if (graph->teacher) {
        program->teacher = ts_network_size_of(lowering, graph->teacher);
        program->student = ts_network_size_of(lowering, graph);
        if (lowering->training) {
            answers = ts_lower_teacher(lowering, &count);
        }
    }
    for (int i = 0; i < graph->node_count; i++) {
        graph->nodes[i].op->lower(lowering, &graph->nodes[i]);
        if (!ts_lower_within_limit(lowering, diagnostics)) {
            return false;
        }
    }
    if (answers) {
        ts_lower_soft_loss(lowering, answers);
        program->parameters += program->teacher.parameters;
        program->parameter_bytes += program->teacher.parameter_bytes;
    }
    note_winograd(program, lowering);
    return true;
}

static bool lower_graph(struct ts_program *program, const struct ts_source_network *network,
                        const struct ts_workload_options *options, struct ts_arena *arena,
                        struct ts_diagnostics *diagnostics)
{
    const struct ts_graph *graph = network->graph;
    struct ts_lowering lowering = {.arena = arena,
                                   .graph = graph,
                                   .precision = options->precision,
                                   .training = options->training,
                                   .training_mode = options->training || options->training_mode,
                                   .fuse = graph->is_fused,
                                   .one_liner = network->one_liner || network->separate_layers,
                                   .passes = network->passes,
                                   .winograd = options->winograd,
                                   .next_tensor = graph->tensor_count};
    lowering.tensor_ids = TS_NEW_ARRAY(arena, graph->tensor_count + 1, int32_t);
    for (int i = 0; i < graph->tensor_count; i++) {
        lowering.tensor_ids[i] = i;
    }
    if (!lower_forward(program, &lowering, diagnostics)) {
        return false;
    }
    double micro_batches = options->micro_batches > 1 ? (double)options->micro_batches : 1;
    program->teacher.macs *= micro_batches;
    program->student.macs *= micro_batches;
    if (!(network->passes & TS_PASSES_FORWARD)) {
        lowering.kernel_count = 0;
    }
    bool only_backward = !(network->passes & TS_PASSES_FORWARD);
    if (only_backward ? !ts_lower_backward(&lowering, 1, diagnostics)
                      : options->training &&
                            !ts_lower_step(&lowering, options, diagnostics, &program->footprint)) {
        return false;
    }
    if (options->training && graph->teacher) {
        program->footprint.weights += program->teacher.parameter_bytes;
    }
    program->kernels = lowering.kernels;
    program->kernel_count = lowering.kernel_count;
    program->tensor_count = lowering.next_tensor;
    if (!network->one_liner && !network->separate_layers) {
        mark_network_io(program, graph, &lowering);
    }
    if (!program->kernel_count) {
        return ts_diag_error(diagnostics, TS_ERROR_SHAPE, nowhere, "'%s' computes nothing",
                             program->name);
    }
    return true;
}

/* Tokens that run at once need no cache to find each other: its nodes go. */
static void drop_caches(struct ts_graph *graph)
{
    for (int i = graph->node_count - 1; i >= 0; i--) {
        if (graph->nodes[i].op == &ts_operator_kv_cache) {
            ts_graph_bypass(graph, i);
        }
    }
}

/* Bytes that all caches hold when the phase ends. */
static void settle_caches(struct ts_program *program, struct ts_graph *graph)
{
    for (int i = 0; i < graph->node_count && program->phase != TS_PHASE_NONE; i++) {
        const struct ts_node *node = &graph->nodes[i];
        if (node->op != &ts_operator_kv_cache) {
            continue;
        }
        const struct ts_tensor *cache = &graph->tensors[node->outputs[0]];
        enum ts_precision precision =
            cache->precision == TS_PRECISION_NONE ? program->precision : cache->precision;
        double bits = cache->bits > 0 ? cache->bits : ts_precision_info(precision)->storage_bits;
        program->kv_cache_bytes += ts_tensor_elements(cache) * bits / 8;
    }
    if (program->phase == TS_PHASE_DECODE) {
        return;
    }
    drop_caches(graph);
    if (graph->teacher) {
        drop_caches(graph->teacher);
    }
}

/* Backward kernels stop at the first parameter unless the input's gradient is asked for. */
static void ask_for_input_gradients(struct ts_graph *graph)
{
    for (int i = 0; i < graph->tensor_count; i++) {
        if (graph->tensors[i].producer < 0 && !graph->tensors[i].is_parameter) {
            graph->tensors[i].needs_gradient = true;
        }
    }
}

static bool check_phase(const char *name, const struct ts_graph *graph,
                        const struct ts_workload_options *options,
                        struct ts_diagnostics *diagnostics)
{
    if (options->phase == TS_PHASE_NONE || (graph && graph->has_cache)) {
        return true;
    }
    ts_diag_error(diagnostics, TS_ERROR_CONFLICT, nowhere,
                  "'%s' generates no text: it keeps no KV "
                  "cache",
                  name);
    ts_diag_help(diagnostics, "--phase is for decoder networks, as gpt2 or llama2-7b");
    return false;
}

static bool check_options(const struct ts_workload_options *options,
                          struct ts_diagnostics *diagnostics)
{
    if (options->batch < 1 || options->batch > MAX_BATCH) {
        return ts_diag_error(diagnostics, TS_ERROR_RANGE, nowhere,
                             "batch is %lld, must be between 1 and %lld", (long long)options->batch,
                             (long long)MAX_BATCH);
    }
    if (options->sequence < 0 || options->sequence > TS_MAX_DIM) {
        return ts_diag_error(diagnostics, TS_ERROR_RANGE, nowhere,
                             "sequence is %lld, must be between 1 and %lld",
                             (long long)options->sequence, (long long)TS_MAX_DIM);
    }
    if (options->context && options->phase != TS_PHASE_DECODE) {
        return ts_diag_error(diagnostics, TS_ERROR_CONFLICT, nowhere,
                             "--context is what --phase decode finds in its KV cache");
    }
    if (options->phase != TS_PHASE_NONE && options->training) {
        return ts_diag_error(diagnostics, TS_ERROR_CONFLICT, nowhere,
                             "--phase is for inference, not for training");
    }
    bool of_training =
        options->micro_batches > 1 || options->checkpoint || options->mixed || options->optimizer;
    if (of_training && !options->training) {
        return ts_diag_error(diagnostics, TS_ERROR_CONFLICT, nowhere,
                             "--optimizer, --mixed-precision, --accumulate and --checkpoint are "
                             "for -m training");
    }
    if (options->micro_batches > 1 && options->batch % options->micro_batches) {
        return ts_diag_error(diagnostics, TS_ERROR_CONFLICT, nowhere,
                             "a batch of %lld can't be split into %lld equal micro-batches",
                             (long long)options->batch, (long long)options->micro_batches);
    }
    if (options->precision < 0 || options->precision >= TS_PRECISION_COUNT) {
        ts_bug("the caller resolves the precision");
    }
    return true;
}

/* A transformed graph into the program. */
static bool compile(struct ts_program *program, const struct ts_source_network *network,
                    const struct ts_workload_options *options, struct ts_arena *arena,
                    struct ts_diagnostics *diagnostics)
{
    struct ts_graph *graph = network->graph;
    if (!check_phase(graph->name, graph, options, diagnostics)) {
        return false;
    }
    if (graph->description) {
        program->description = graph->description;
    }
    program->parameters = ts_graph_parameters(graph);
    program->parameter_bytes = ts_graph_parameter_bytes(graph, options->precision);
    program->context = graph->context;
    program->coverage = network->coverage > 0 ? network->coverage : 1;
    settle_caches(program, graph);
    if (options->training_mode) {
        ask_for_input_gradients(graph);
    }
    if (options->fuse && !options->training) {
        ts_transform_fuse(graph);
    }
    return lower_graph(program, network, options, arena, diagnostics);
}

bool ts_workload_load(const char *workload, const struct ts_workload_options *options,
                      struct ts_arena *arena, struct ts_diagnostics *diagnostics,
                      struct ts_program **out)
{
    struct ts_source_network network = {0};
    const struct ts_frontend *frontend = ts_frontend_for(workload);
    if (options->dim_count && !frontend->takes_dims) {
        return ts_diag_error(diagnostics, TS_ERROR_CONFLICT, nowhere,
                             "'%s' has no dynamic dimensions for --dim to set", workload);
    }
    if (!check_options(options, diagnostics)) {
        return false;
    }
    struct ts_workload_options micro_batch = *options;
    int64_t micro_batches = options->micro_batches > 1 ? options->micro_batches : 1;
    micro_batch.batch /= micro_batches;
    if (!frontend->load(workload, &micro_batch, arena, diagnostics, &network)) {
        return false;
    }
    struct ts_program *program = TS_NEW(arena, struct ts_program);
    *program = (struct ts_program){.name = network.name,
                                   .description = "",
                                   .batch = options->batch,
                                   .precision = options->precision,
                                   .training = options->training,
                                   .phase = options->phase,
                                   .one_liner = network.one_liner,
                                   .coverage = network.coverage > 0 ? network.coverage : 1,
                                   .samples = network.samples * micro_batches};
    if (network.batch) {
        program->batch = network.batch * micro_batches;
    }
    if (!check_phase(network.name, network.graph, options, diagnostics)) {
        return false;
    }
    if (network.graph) {
        ts_graph_mark_values(network.graph);
    }
    if (!ts_transforms_apply(&network, program, &micro_batch, diagnostics)) {
        return false;
    }
    if (!network.graph) {
        make_probe(program, &network, arena);
    } else if (!compile(program, &network, options, arena, diagnostics)) {
        return false;
    }
    *out = program;
    return finish(program, diagnostics);
}
