/* Frontends: what turns a workload's name into a graph. One row each in frontends.c, asked in
 * order. */
#ifndef TESSERA_FRONTEND_H
#define TESSERA_FRONTEND_H

#include "tessera/graph.h"
#include "tessera/workload.h"
#include "workloads/lower/lower.h"

/* What a frontend found. */
struct ts_source_network {
    const char *name;
    struct ts_graph *graph;    /* NULL for a memory probe */
    const char *probe_pattern; /* memory: only */
    bool one_liner;
    int passes;           /* of enum ts_passes; a backward one-liner has one */
    int64_t samples;      /* images, sequences, rows one run finishes */
    int64_t batch;        /* what the file fixes it to; 0 = as asked */
    bool separate_layers; /* each has its own input: none is the network's */
    double coverage;      /* fraction of the operations that have a model; 0 = all */
};

struct ts_frontend {
    const char *name;
    bool (*matches)(const char *workload);
    bool (*load)(const char *workload, const struct ts_workload_options *options,
                 struct ts_arena *arena, struct ts_diagnostics *diagnostics,
                 struct ts_source_network *network);
    bool takes_dims; /* --dim means something to it */
};

extern const struct ts_frontend ts_frontend_one_liner, ts_frontend_onnx, ts_frontend_scalesim,
    ts_frontend_yaml;

/* The frontend that takes `workload`; there is always one (names go to the zoo). */
const struct ts_frontend *ts_frontend_for(const char *workload);

/* The form of the one-liner that `workload` nearly is (GEMM:1,2,3, gem:1,2,3, gemm); NULL: none. */
const char *ts_one_liner_form(const char *workload);

/* Loads a network file of the zoo or a path as YAML, for the options' batch, sequence and phase. */
struct ts_graph *ts_yaml_network_load(const char *path, const struct ts_workload_options *options,
                                      struct ts_arena *arena, struct ts_diagnostics *diagnostics);

#endif
