/* Inputs of the network: dynamic dimensions get their numbers from --dim, -b and --seq. */
#include "workloads/frontend/onnx/import.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_NAMED = 12 };

/* --dim NAME=VALUE, and whether a dimension of that name was met. */
struct binding {
    const char *name;
    int64_t value;
    bool used;
};

struct binder {
    struct onnx_import *m;
    struct binding *bindings;
    int count;
    struct ts_name_table *given; /* initializers: older files list them as inputs too */
    bool has_batch_name;         /* some dimension is called batch: the first ones need not be */
    const char *names;           /* of the first dynamic dimensions, for messages */
    int named;
};

static bool read_bindings(struct binder *binder)
{
    const struct ts_workload_options *options = binder->m->options;
    binder->bindings = TS_NEW_ARRAY(binder->m->arena, options->dim_count + 1, struct binding);
    for (int i = 0; i < options->dim_count; i++) {
        const char *equals = strrchr(options->dims[i], '=');
        char *end = NULL;
        long long value = equals ? strtoll(equals + 1, &end, 10) : -1;
        if (!equals || equals == options->dims[i] || end == equals + 1 || *end || value < 0 ||
            value > TS_MAX_DIM) {
            return ts_diag_error(binder->m->diagnostics, TS_ERROR_USAGE, (struct ts_place){0},
                                 "--dim is NAME=VALUE with a whole number, not '%s'",
                                 options->dims[i]);
        }
        binder->bindings[binder->count++] =
            (struct binding){ts_arena_strndup(binder->m->arena, options->dims[i],
                                              (size_t)(equals - options->dims[i])),
                             value, false};
    }
    return true;
}

/* True for one of the words, whatever its case. */
static bool is_one_of(const char *name, const char *const *words)
{
    for (; *words; words++) {
        size_t i = 0;
        while (name[i] && tolower((unsigned char)name[i]) == (*words)[i]) {
            i++;
        }
        if (!name[i] && !(*words)[i]) {
            return true;
        }
    }
    return false;
}

static bool is_batch_name(const char *name)
{
    static const char *const words[] = {"batch", "batch_size", "batchsize", "n", "bs",
                                        "b",     "nbatch",     "batch_dim", NULL};
    return is_one_of(name, words);
}

static bool is_sequence_name(const char *name)
{
    static const char *const words[] = {"seq",        "sequence", "seq_len",         "seqlen",
                                        "seq_length", "length",   "sequence_length", "time",
                                        "t",          "steps",    "max_seq_len",     NULL};
    return is_one_of(name, words);
}

static struct binding *find_binding(struct binder *binder, const char *name)
{
    for (int i = 0; i < binder->count; i++) {
        if (*name && strcmp(binder->bindings[i].name, name) == 0) {
            return &binder->bindings[i];
        }
    }
    return NULL;
}

static bool unbound(struct binder *binder, const struct ts_onnx_value *input, int axis,
                    const char *name)
{
    ts_diag_error(
        binder->m->diagnostics, TS_ERROR_MISSING_KEY, (struct ts_place){binder->m->path, 0, 0},
        "dimension %d of input '%s' is dynamic ('%s') and has no value", axis, input->name, name);
    ts_diag_help(binder->m->diagnostics, "bind it with --dim %s=VALUE%s", name,
                 is_sequence_name(name) ? " or --seq VALUE" : "");
    return false;
}

static bool bind_dim(struct binder *binder, const struct ts_onnx_value *input, int axis,
                     int64_t *value)
{
    struct onnx_import *m = binder->m;
    const struct ts_onnx_dim *dim = &input->dims[axis];
    const char *place = ts_arena_printf(m->arena, "%s.%d", input->name, axis);
    const char *name = *dim->name ? dim->name : place;
    struct binding *binding = find_binding(binder, place);
    if (!binding && dim->value < 1) {
        binding = find_binding(binder, dim->name);
    }
    if (binding) {
        binding->used = true;
        *value = binding->value;
        if (is_batch_name(dim->name)) {
            m->batch = binding->value, m->batch_is_bound = true;
        }
        return true;
    }
    if (dim->value > 0) {
        *value = dim->value;
        return true;
    }
    if (binder->named++ < MAX_NAMED) {
        binder->names =
            ts_arena_printf(m->arena, "%s%s%s", binder->names, *binder->names ? ", " : "", name);
    }
    bool first = axis == 0 && !binder->has_batch_name && !is_sequence_name(dim->name);
    if (is_batch_name(dim->name) || first) {
        *value = m->options->batch;
        m->batch = *value;
        m->batch_is_bound = true;
        return true;
    }
    *value = m->options->sequence;
    return (is_sequence_name(dim->name) && *value > 0) || unbound(binder, input, axis, name);
}

static bool add_input(struct binder *binder, const struct ts_onnx_value *input)
{
    struct onnx_import *m = binder->m;
    struct onnx_value *value = onnx_value(m, input->name);
    int64_t dims[TS_ONNX_MAX_RANK], graph_dims[TS_MAX_RANK];
    if (input->type == TS_ONNX_UNDEFINED || !input->has_shape || input->rank > TS_ONNX_MAX_RANK) {
        ts_diag_error(m->diagnostics, TS_ERROR_SHAPE, (struct ts_place){m->path, 0, 0},
                      input->type == TS_ONNX_UNDEFINED
                          ? "input '%s' is no tensor"
                          : "the file does not say how many dimensions input '%s' has",
                      input->name);
        ts_diag_help(m->diagnostics, "export it with the shapes of its inputs");
        return false;
    }
    bool ok = true, empty = false;
    for (int i = 0; i < input->rank; i++) {
        ok &= bind_dim(binder, input, i, &dims[i]);
        empty |= ok && dims[i] == 0;
    }
    if (!ok) {
        return false;
    }
    onnx_set_shape(value, input->type, input->rank, dims);
    if (empty) { /* a cache of length 0: nothing is read */
        value->numbers = TS_NEW(m->arena, double);
        value->is_weight = true;
        return true;
    }
    const char *name = ts_arena_strdup(m->arena, input->name);
    int rank = onnx_graph_dims(value, graph_dims);
    value->tensor = name;
    ts_names_put(m->used_names, name, 1);
    return ts_graph_add_input(m->graph, name, rank, graph_dims, (struct ts_place){m->path, 0, 0},
                              m->diagnostics) >= 0;
}

/* A file exported for one batch runs at that batch. */
static bool settle_batch(struct binder *binder, const struct ts_onnx_graph *graph)
{
    struct onnx_import *m = binder->m;
    if (m->batch_is_bound) {
        return true;
    }
    m->batch = 1;
    for (int i = graph->input_count - 1; i >= 0; i--) {
        if (ts_names_find(binder->given, graph->inputs[i].name) < 0 && graph->inputs[i].rank > 1) {
            const struct onnx_value *value = onnx_value(m, graph->inputs[i].name);
            m->batch = value->dims[0] > 0 ? value->dims[0] : 1;
        }
    }
    if (m->options->batch == 1 || m->options->batch == m->batch) {
        return true;
    }
    ts_diag_error(m->diagnostics, TS_ERROR_CONFLICT, (struct ts_place){m->path, 0, 0},
                  "the file was exported for a batch of %lld, -b %lld cannot change it",
                  (long long)m->batch, (long long)m->options->batch);
    ts_diag_help(m->diagnostics, "export it with a dynamic batch dimension");
    return false;
}

static bool report_unused(struct binder *binder)
{
    bool ok = true;
    for (int i = 0; i < binder->count; i++) {
        if (binder->bindings[i].used) {
            continue;
        }
        ok = ts_diag_error(binder->m->diagnostics, TS_ERROR_UNKNOWN_NAME,
                           (struct ts_place){binder->m->path, 0, 0},
                           "no dynamic dimension is named '%s'", binder->bindings[i].name);
        ts_diag_help(binder->m->diagnostics, "%s%s",
                     *binder->names ? "there are: " : "all dimensions have their numbers",
                     binder->names);
    }
    return ok;
}

bool onnx_bind(struct onnx_import *m, const struct ts_onnx_graph *graph)
{
    struct binder binder = {.m = m, .names = ""};
    bool ok = read_bindings(&binder);
    binder.given = ts_names_new(m->arena);
    for (int i = 0; i < graph->initializer_count; i++) {
        ts_names_put(binder.given, graph->initializers[i].name, 1);
    }
    for (int i = 0; i < graph->input_count; i++) {
        for (int j = 0; j < graph->inputs[i].rank; j++) {
            binder.has_batch_name |= is_batch_name(graph->inputs[i].dims[j].name);
        }
    }
    for (int i = 0; ok && i < graph->input_count; i++) {
        if (ts_names_find(binder.given, graph->inputs[i].name) < 0) {
            ok = add_input(&binder, &graph->inputs[i]);
        }
    }
    return ok && report_unused(&binder) && settle_batch(&binder, graph);
}
