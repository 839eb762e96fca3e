/* One-liners: gemm: bmm: fc: conv: conv_bwd_data: conv_bwd_weight: memory: */
#include "workloads/frontend/fields.h"
#include "workloads/frontend/frontend.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

struct one_liner {
    const char *prefix;
    const char *form;
    int passes;
    bool (*build)(const struct one_liner *row, const char *text,
                  const struct ts_workload_options *options, struct ts_arena *arena,
                  struct ts_diagnostics *diagnostics, struct ts_source_network *network);
};

static const struct ts_place nowhere;

enum { ALL_PASSES = TS_PASSES_FORWARD | TS_PASSES_DATA | TS_PASSES_WEIGHT };

/* Makes the graph with one or two inputs and one node that reads them. */
static struct ts_node *start(struct ts_source_network *network, struct ts_arena *arena,
                             const struct ts_operator *op, const char *name, int rank,
                             const int64_t *first, const int64_t *second,
                             struct ts_diagnostics *diagnostics)
{
    static const char *const names[] = {"input", "input2"};
    struct ts_graph *graph = network->graph = TS_NEW(arena, struct ts_graph);
    ts_graph_init(graph, arena, network->name);
    if (ts_graph_add_input(graph, names[0], rank, first, nowhere, diagnostics) < 0 ||
        (second && ts_graph_add_input(graph, names[1], rank, second, nowhere, diagnostics) < 0)) {
        return NULL;
    }
    for (int i = 0; i < graph->tensor_count; i++) {
        graph->tensors[i].needs_gradient = true;
    }
    struct ts_node *node = ts_graph_add_node(graph, op, name, nowhere, diagnostics);
    ts_node_set_inputs(graph, node, names, second ? 2 : 1);
    return node;
}

static bool set(struct ts_node *node, const char *attribute, double first, double second, int count,
                struct ts_diagnostics *diagnostics)
{
    double values[2] = {first, second};
    return ts_node_set_attribute(node, ts_operator_attribute(node->op, attribute), values, count,
                                 nowhere, diagnostics);
}

/* Cuts ",layout=nt" off the numbers before it; any when nothing is said. */
static bool take_layout(const struct one_liner *row, const char *workload, const char **text,
                        struct ts_arena *arena, struct ts_diagnostics *diagnostics, int *layout)
{
    const char *key = strchr(*text, '=');
    *layout = TS_LAYOUT_ANY;
    if (!key) {
        return true;
    }
    while (key > *text && key[-1] != ',') {
        key--;
    }
    if (!ts_fields_choice(workload, key, row->form, "layout", ts_layout_names, diagnostics,
                          layout)) {
        return false;
    }
    *text = ts_arena_strndup(arena, *text, key > *text ? (size_t)(key - *text) - 1 : 0);
    return true;
}

static bool build_gemm(const struct one_liner *row, const char *text,
                       const struct ts_workload_options *options, struct ts_arena *arena,
                       struct ts_diagnostics *diagnostics, struct ts_source_network *network)
{
    struct ts_field f[] = {{"M", 1, 0, 0, 0}, {"N", 1, 0, 0, 0}, {"K", 1, 0, 0, 0}};
    int layout;
    if (!take_layout(row, network->name, &text, arena, diagnostics, &layout) ||
        !ts_fields_by_place(network->name, text, row->form, f, 3, diagnostics)) {
        return false;
    }
    int64_t dims[2] = {f[0].value * options->batch, f[2].value};
    struct ts_node *node =
        start(network, arena, &ts_operator_gemm, "gemm", 2, dims, NULL, diagnostics);
    return node && set(node, "out", (double)f[1].value, 0, 1, diagnostics) &&
           set(node, "layout", layout, 0, 1, diagnostics) &&
           ts_graph_finish(network->graph, diagnostics);
}

static bool build_fc(const struct one_liner *row, const char *text,
                     const struct ts_workload_options *options, struct ts_arena *arena,
                     struct ts_diagnostics *diagnostics, struct ts_source_network *network)
{
    struct ts_field f[] = {{"IN", 1, 0, 0, 0}, {"OUT", 1, 0, 0, 0}};
    if (!ts_fields_by_place(network->name, text, row->form, f, 2, diagnostics)) {
        return false;
    }
    int64_t dims[2] = {options->batch, f[0].value};
    struct ts_node *node = start(network, arena, &ts_operator_fc, "fc", 2, dims, NULL, diagnostics);
    return node && set(node, "out", (double)f[1].value, 0, 1, diagnostics) &&
           set(node, "bias", 0, 0, 1, diagnostics) && ts_graph_finish(network->graph, diagnostics);
}

static bool build_bmm(const struct one_liner *row, const char *text,
                      const struct ts_workload_options *options, struct ts_arena *arena,
                      struct ts_diagnostics *diagnostics, struct ts_source_network *network)
{
    struct ts_field f[] = {
        {"B", 1, 0, 0, 0}, {"M", 1, 0, 0, 0}, {"N", 1, 0, 0, 0}, {"K", 1, 0, 0, 0}};
    int layout;
    if (!take_layout(row, network->name, &text, arena, diagnostics, &layout) ||
        !ts_fields_by_place(network->name, text, row->form, f, 4, diagnostics)) {
        return false;
    }
    int64_t batch = f[0].value * options->batch, m = f[1].value, n = f[2].value, k = f[3].value;
    bool flip_a = ts_layout_flips_first(layout), flip_b = ts_layout_flips_second(layout);
    int64_t a[3] = {batch, flip_a ? k : m, flip_a ? m : k};
    int64_t b[3] = {batch, flip_b ? n : k, flip_b ? k : n};
    struct ts_node *node = start(network, arena, &ts_operator_matmul, "bmm", 3, a, b, diagnostics);
    return node && set(node, "transpose_a", flip_a, 0, 1, diagnostics) &&
           set(node, "transpose_b", flip_b, 0, 1, diagnostics) &&
           set(node, "any_layout", layout == TS_LAYOUT_ANY, 0, 1, diagnostics) &&
           ts_graph_finish(network->graph, diagnostics);
}

/* ---- convolution ---- */

enum {
    F_N,
    F_C,
    F_H,
    F_W,
    F_K,
    F_R,
    F_S,
    F_STRIDE,
    F_STRIDE_H,
    F_STRIDE_W,
    F_PAD,
    F_PAD_H,
    F_PAD_W,
    F_DILATION,
    F_DILATION_H,
    F_DILATION_W,
    F_GROUPS,
    F_COUNT
};

/* stride means both; stride_h and stride_w win over it. */
static bool set_pair(struct ts_node *node, const char *attribute, const struct ts_field *fields,
                     int both, struct ts_diagnostics *diagnostics)
{
    int64_t pair[2];
    for (int i = 0; i < 2; i++) {
        pair[i] = fields[both + 1 + i].given ? fields[both + 1 + i].value : fields[both].value;
    }
    return set(node, attribute, (double)pair[0], (double)pair[1], 2, diagnostics);
}

static bool build_conv(const struct one_liner *row, const char *text,
                       const struct ts_workload_options *options, struct ts_arena *arena,
                       struct ts_diagnostics *diagnostics, struct ts_source_network *network)
{
    struct ts_field f[F_COUNT] = {
        {"N", 1, 1, 0, 0},          {"C", 1, 0, 0, 0},        {"H", 1, 0, 0, 0},
        {"W", 1, 0, 0, 0},          {"K", 1, 0, 0, 0},        {"R", 1, 0, 0, 0},
        {"S", 1, 0, 0, 0},          {"stride", 1, 1, 0, 0},   {"stride_h", 1, 1, 0, 0},
        {"stride_w", 1, 1, 0, 0},   {"pad", 0, 0, 0, 0},      {"pad_h", 0, 0, 0, 0},
        {"pad_w", 0, 0, 0, 0},      {"dilation", 1, 1, 0, 0}, {"dilation_h", 1, 1, 0, 0},
        {"dilation_w", 1, 1, 0, 0}, {"groups", 1, 1, 0, 0}};
    if (!ts_fields_by_name(network->name, text, row->form, f, F_COUNT, diagnostics)) {
        return false;
    }
    int64_t dims[4] = {f[F_N].value * options->batch, f[F_C].value, f[F_H].value, f[F_W].value};
    struct ts_node *node =
        start(network, arena, &ts_operator_conv, "conv", 4, dims, NULL, diagnostics);
    network->samples = dims[0];
    return node && set(node, "out", (double)f[F_K].value, 0, 1, diagnostics) &&
           set(node, "kernel", (double)f[F_R].value, (double)f[F_S].value, 2, diagnostics) &&
           set(node, "groups", (double)f[F_GROUPS].value, 0, 1, diagnostics) &&
           set(node, "bias", 0, 0, 1, diagnostics) &&
           set_pair(node, "stride", f, F_STRIDE, diagnostics) &&
           set_pair(node, "pad", f, F_PAD, diagnostics) &&
           set_pair(node, "dilation", f, F_DILATION, diagnostics) &&
           ts_graph_finish(network->graph, diagnostics);
}

/* ---- memory probe ---- */

static const char *const patterns[] = {"read",      "write",    "mix",         "random",
                                       "same_bank", "idle_hit", "idle_random", "tile"};
enum { PATTERNS = sizeof patterns / sizeof *patterns };

static bool build_memory(const struct one_liner *row, const char *text,
                         const struct ts_workload_options *options, struct ts_arena *arena,
                         struct ts_diagnostics *diagnostics, struct ts_source_network *network)
{
    size_t length = strcspn(text, ",");
    const char *name = ts_arena_strndup(arena, text, length);
    struct ts_field f[] = {{"row_bytes", 1, 0, 0, 0}, {"pitch", 1, 0, 0, 0}};
    bool known = false;
    for (int i = 0; i < PATTERNS; i++) {
        known |= strcmp(name, patterns[i]) == 0;
    }
    if (!known) {
        ts_diag_error(diagnostics, TS_ERROR_UNKNOWN_NAME, nowhere, "unknown memory pattern '%s'",
                      name);
        const char *near = ts_suggest(name, patterns, PATTERNS);
        ts_diag_help(diagnostics, near ? "did you mean '%s'?" : "the form is %s",
                     near ? near : row->form);
        return false;
    }
    if (options->batch > 1) {
        return ts_diag_error(diagnostics, TS_ERROR_CONFLICT, nowhere,
                             "'%s' has no batch for -b to set", network->name);
    }
    if (options->training) {
        return ts_diag_error(diagnostics, TS_ERROR_CONFLICT, nowhere, "'%s' has no training mode",
                             network->name);
    }
    network->probe_pattern = text;
    if (strcmp(name, "tile") != 0) {
        return !text[length] ||
               ts_diag_error(diagnostics, TS_ERROR_SYNTAX, nowhere,
                             "'%s' takes nothing behind '%s'", network->name, name);
    }
    if (!ts_fields_by_name(network->name, text[length] ? text + length + 1 : "", row->form, f, 2,
                           diagnostics)) {
        return false;
    }
    if (f[1].value < f[0].value) {
        return ts_diag_error(diagnostics, TS_ERROR_RANGE, nowhere,
                             "pitch %lld in '%s' is below row_bytes %lld", (long long)f[1].value,
                             network->name, (long long)f[0].value);
    }
    return true;
}

#define CONV_FORM                                                                                  \
    "N=16,C=256,H=14,W=14,K=256,R=3,S=3,stride=1,pad=1 (also stride_h, stride_w, "                 \
    "pad_h, pad_w, dilation, groups)"

#define LAYOUT_FORM ", or with ,layout=any|nn|tn|nt|tt behind it"

static const struct one_liner rows[] = {
    {"gemm:", "gemm:M,N,K" LAYOUT_FORM, ALL_PASSES, build_gemm},
    {"bmm:", "bmm:B,M,N,K" LAYOUT_FORM, ALL_PASSES, build_bmm},
    {"fc:", "fc:IN,OUT", ALL_PASSES, build_fc},
    {"conv:", "conv:" CONV_FORM, ALL_PASSES, build_conv},
    {"conv_bwd_data:", "conv_bwd_data:" CONV_FORM, TS_PASSES_DATA, build_conv},
    {"conv_bwd_weight:", "conv_bwd_weight:" CONV_FORM, TS_PASSES_WEIGHT, build_conv},
    {"memory:",
     "memory:read|write|mix|random|same_bank|idle_hit|idle_random or "
     "memory:tile,row_bytes=B,pitch=P",
     TS_PASSES_FORWARD, build_memory}};

static const struct one_liner *find(const char *workload)
{
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (strncmp(workload, rows[i].prefix, strlen(rows[i].prefix)) == 0) {
            return &rows[i];
        }
    }
    return NULL;
}

static bool matches(const char *workload)
{
    return find(workload) != NULL;
}

const char *ts_one_liner_form(const char *workload)
{
    enum { COUNT = sizeof rows / sizeof *rows };
    const char *kinds[COUNT];
    char kind[24]; /* the longest with its colon, and slips */
    size_t length = strcspn(workload, ":");
    if (length + 2 > sizeof kind) {
        return NULL;
    }
    snprintf(kind, sizeof kind, "%.*s:", (int)length, workload);
    for (int i = 0; i < COUNT; i++) {
        kinds[i] = rows[i].prefix;
        if (strlen(kinds[i]) == length + 1 && strncasecmp(kinds[i], workload, length) == 0) {
            return rows[i].form;
        }
    }
    const char *near = workload[length] ? ts_suggest(kind, kinds, COUNT) : NULL;
    for (int i = 0; near && i < COUNT; i++) {
        if (near == kinds[i]) {
            return rows[i].form;
        }
    }
    return NULL;
}

static bool load(const char *workload, const struct ts_workload_options *options,
                 struct ts_arena *arena, struct ts_diagnostics *diagnostics,
                 struct ts_source_network *network)
{
    const struct one_liner *row = find(workload);
    if (options->sequence) {
        return ts_diag_error(diagnostics, TS_ERROR_CONFLICT, nowhere,
                             "'%s' has no sequence for --seq to set", workload);
    }
    if (options->training && row->passes != ALL_PASSES && row->passes != TS_PASSES_FORWARD) {
        return ts_diag_error(diagnostics, TS_ERROR_CONFLICT, nowhere,
                             "'%s' is a backward pass already; leave out training mode", workload);
    }
    *network = (struct ts_source_network){.name = ts_arena_strdup(arena, workload),
                                          .one_liner = true,
                                          .passes = row->passes,
                                          .samples = options->batch};
    return row->build(row, network->name + strlen(row->prefix), options, arena, diagnostics,
                      network);
}

const struct ts_frontend ts_frontend_one_liner = {"one-liner", matches, load, false};
