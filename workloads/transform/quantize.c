/* Narrower numbers: formats of weights and activations, and shared weights. */
#include "workloads/transform/compression.h"
#include "workloads/transform/transform.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const struct ts_place nowhere;

/* "int8", "weights=int4" or "activations=int8". */
static bool parse(struct ts_graph *graph, const char *argument, bool *weights, bool *activations,
                  enum ts_precision *precision, struct ts_diagnostics *diagnostics)
{
    const char *equals = strchr(argument, '=');
    const char *name = equals ? equals + 1 : argument;
    size_t length = equals ? (size_t)(equals - argument) : 0;
    *weights = !equals || (length == 7 && strncmp(argument, "weights", length) == 0);
    *activations = !equals || (length == 11 && strncmp(argument, "activations", length) == 0);
    if (!*weights && !*activations) {
        ts_diag_error(diagnostics, TS_ERROR_UNKNOWN_KEY, nowhere, "'quantize:%s': unknown '%s'",
                      argument, ts_arena_strndup(graph->arena, argument, length));
        ts_diag_help(diagnostics, "quantize:int8, quantize:weights=int4 or "
                                  "quantize:activations=int8");
        return false;
    }
    *precision = ts_precision_parse(name);
    if (*precision == TS_PRECISION_NONE) {
        ts_diag_error(diagnostics, TS_ERROR_UNKNOWN_NAME, nowhere,
                      "'quantize:%s': unknown precision '%s'", argument, name);
        const char *near = ts_suggest(name, ts_precision_names(), TS_PRECISION_COUNT);
        if (near) {
            ts_diag_help(diagnostics, "did you mean '%s'?", near);
        }
        return false;
    }
    return true;
}

/* Weight matrices and activations; biases and scales stay as they are. */
static bool quantize(const struct ts_transform_run *run, const char *argument)
{
    bool weights, activations;
    enum ts_precision precision;
    if (!parse(run->graph, argument, &weights, &activations, &precision, run->diagnostics)) {
        return false;
    }
    for (int i = 0; i < run->graph->tensor_count; i++) {
        struct ts_tensor *tensor = &run->graph->tensors[i];
        if (tensor->is_parameter ? weights && tensor->is_matrix : activations) {
            tensor->precision = precision;
            tensor->bits = tensor->coded_bits = tensor->table_values = 0;
        }
    }
    return true;
}

/* Weights are indices into a table of 2^BITS values (Deep Compression, Han et al., ICLR 2016):
 * fewer bits are stored and moved, the arithmetic keeps its format. */
static bool share(const struct ts_transform_run *run, const char *argument)
{
    char *end;
    if (ts_compression_is_file(argument)) {
        return ts_compression_apply(run->graph, "share", argument, TS_COMPRESSION_SHARE,
                                    run->diagnostics);
    }
    long bits = strtol(argument, &end, 10);
    if (end == argument || *end) {
        return ts_diag_error(run->diagnostics, TS_ERROR_TYPE, nowhere,
                             "'share:%s': not a whole number", argument);
    }
    if (bits < 1 || bits > 16) {
        return ts_diag_error(run->diagnostics, TS_ERROR_RANGE, nowhere,
                             "'share:%s': bits are between 1 and 16", argument);
    }
    for (int i = 0; i < run->graph->tensor_count; i++) {
        if (run->graph->tensors[i].is_matrix) {
            run->graph->tensors[i].bits = (double)bits;
            run->graph->tensors[i].table_values = (double)(1L << bits);
        }
    }
    return true;
}

const struct ts_transform ts_transform_quantize = {
    {"quantize", "PRECISION",
     "format of weights and activations; weights=P or activations=P of one",
     "cpu, simt, systolic and sparse, each in the precisions it has"},
    true,
    quantize};

const struct ts_transform ts_transform_share = {
    {"share", "BITS|FILE", "weights as indices of that many bits into a table of values",
     "sparse (EIE) reads indices of 4 bits; cpu, simt and systolic save memory traffic alone"},
    true,
    share};

/* Weight matrices of the values ±1, with a scale a layer (Courbariaux et al., BinaryConnect, NIPS
 * 2015), or -1, 0, 1: Ternary Weight Networks (Li et al., 2016) set what is below 0.7 times the
 * mean magnitude to zero; of normally distributed weights that is erf(0.7·sqrt(2/π) / sqrt 2)
 * = 42.4 %. */
static bool narrow(struct ts_graph *graph, enum ts_precision precision, double density)
{
    for (int i = 0; i < graph->tensor_count; i++) {
        struct ts_tensor *tensor = &graph->tensors[i];
        if (!tensor->is_matrix) {
            continue;
        }
        tensor->precision = precision;
        tensor->bits = tensor->coded_bits = tensor->table_values = 0;
        tensor->density *= density;
    }
    return true;
}

static bool ternary(const struct ts_transform_run *run, const char *argument)
{
    (void)argument;
    return narrow(run->graph, TS_TERNARY, 1 - erf(0.7 * sqrt(2 / M_PI) / sqrt(2)));
}

static bool binary(const struct ts_transform_run *run, const char *argument)
{
    (void)argument;
    return narrow(run->graph, TS_BINARY, 1);
}

const struct ts_transform ts_transform_ternary = {
    {"ternary", NULL, "weights of -1, 0, 1 and a scale a layer; 42 % of them are zero",
     "cpu, simt and systolic save memory traffic alone; sparse (EIE) skips the zeros"},
    true,
    ternary};

const struct ts_transform ts_transform_binary = {
    {"binary", NULL, "weights of -1 and 1 and a scale a layer",
     "cpu, simt and systolic save memory traffic alone; sparse (EIE), whose entries have a fixed "
     "width, gains nothing"},
    true,
    binary};
