/* The .onnx frontend: file → short message → model → graph. */
#include "workloads/frontend/onnx/import.h"
#include "workloads/frontend/onnx/module.h"
#include "workloads/frontend/onnx/wire.h"

#include <string.h>

static bool matches(const char *workload)
{
    size_t length = strlen(workload);
    return length > 5 && strcmp(workload + length - 5, ".onnx") == 0;
}

static void *allocate(void *context, size_t size_bytes)
{
    return ts_arena_alloc(context, size_bytes);
}

static const struct ts_onnx_model *open_model(const char *path, const struct ts_onnx_module *module,
                                              struct ts_arena *arena,
                                              struct ts_diagnostics *diagnostics)
{
    struct ts_onnx_bytes stripped;
    struct ts_onnx_memory memory = {allocate, arena};
    const char *why = "it is damaged";
    if (!ts_onnx_strip_file(path, &stripped, diagnostics)) {
        return NULL;
    }
    struct ts_onnx_model *model = module->open(stripped.data, stripped.length, &memory, &why);
    ts_onnx_bytes_release(&stripped);
    if (!model) {
        ts_diag_error(diagnostics, TS_ERROR_SYNTAX, (struct ts_place){path, 0, 0},
                      "no ONNX model: %s", why);
    }
    return model;
}

/* What is estimated is said, with the share that is not. */
static void report_coverage(struct onnx_import *m, struct ts_source_network *network)
{
    network->coverage = m->operations ? 1 - (double)m->estimated / (double)m->operations : 1;
    if (m->estimated) {
        ts_diag_note(m->diagnostics, (struct ts_place){m->path, 0, 0},
                     "%.1f %% of %d operations have a model; estimated by their bytes: %s",
                     100 * network->coverage, m->operations, m->estimates);
    }
}

static const char *name_of(const char *path, struct ts_arena *arena)
{
    const char *slash = strrchr(path, '/');
    const char *name = slash ? slash + 1 : path;
    return ts_arena_strndup(arena, name, strlen(name) - 5);
}

static bool load(const char *workload, const struct ts_workload_options *options,
                 struct ts_arena *arena, struct ts_diagnostics *diagnostics,
                 struct ts_source_network *network)
{
    const struct ts_onnx_module *module = ts_onnx_module_load(diagnostics);
    const struct ts_onnx_model *model =
        module ? open_model(workload, module, arena, diagnostics) : NULL;
    if (!model) {
        return false;
    }
    struct onnx_import m = {.path = ts_arena_strdup(arena, workload),
                            .options = options,
                            .module = module,
                            .model = model,
                            .arena = arena,
                            .diagnostics = diagnostics,
                            .graph = TS_NEW(arena, struct ts_graph)};
    *network =
        (struct ts_source_network){.name = name_of(workload, arena),
                                   .graph = m.graph,
                                   .passes = TS_PASSES_FORWARD | TS_PASSES_DATA | TS_PASSES_WEIGHT};
    ts_graph_init(m.graph, arena, network->name);
    m.graph->description =
        *model->producer ? ts_arena_printf(arena, "ONNX, opset %lld, by %s",
                                           (long long)model->opset, model->producer)
                         : ts_arena_printf(arena, "ONNX, opset %lld", (long long)model->opset);
    bool ok = onnx_import(&m);
    module->close((struct ts_onnx_model *)model);
    network->samples = network->batch = m.batch;
    if (ok) {
        report_coverage(&m, network);
    }
    return ok;
}

const struct ts_frontend ts_frontend_onnx = {"onnx", matches, load, true};
