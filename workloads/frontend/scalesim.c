/* SCALE-Sim topologies: a table with a layer a line, each layer by itself.
 *
 *   Layer, IFMAP height, IFMAP width, filter height, filter width, channels, filters,
 *       stride[, stride of the width][, N:M]    a convolution without padding; its output is
 *       ⌈(IFMAP − filter + stride) / stride⌉ (Samajdar et al., ISPASS 2020)
 *   Layer, M, N, K[, N:M]                       C[M,N] = A[M,K]·B[K,N]
 *
 * The first line may name the columns, lines may end in a comma, empty ones are passed over. N:M:
 * of M neighbouring weights N are not zero.
 */
#include "tessera/file.h"
#include "workloads/frontend/frontend.h"
#include "workloads/graph/names.h"
#include "workloads/operators/operator.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_FIELDS = 16, MAX_LAYERS = 100000 };
#define MAX_FILE_BYTES ((size_t)64 << 20)

struct field {
    char *text;
    int column; /* from 1 */
};

struct layer {
    const char *name;
    struct ts_place place;
    const char *line;
    bool is_gemm;
    int64_t sizes[8]; /* of a convolution: as in the file; of a product: M, N, K */
    double density;
    bool is_2_4;
};

struct reader {
    const char *path;
    const struct ts_workload_options *options;
    struct ts_arena *arena;
    struct ts_diagnostics *diagnostics;
    struct ts_graph *graph;
    struct ts_name_table *names;
    int line_number;
    const char *line; /* as it stands in the file, for messages */
    struct field fields[MAX_FIELDS];
    int field_count;
    int order[3]; /* GEMM form: fields of M, N and K; 0 = not this form */
    struct layer *layers;
    int layer_count, layer_capacity;
};

static bool matches(const char *workload)
{
    size_t length = strlen(workload);
    return length > 4 && strcmp(workload + length - 4, ".csv") == 0;
}

static bool field_error(struct reader *reader, int field, enum ts_error code, const char *format,
                        ...) __attribute__((format(printf, 4, 5)));

static bool field_error(struct reader *reader, int field, enum ts_error code, const char *format,
                        ...)
{
    va_list arguments;
    va_start(arguments, format);
    const char *text = ts_arena_vprintf(&reader->diagnostics->arena, format, arguments);
    va_end(arguments);
    int column =
        field < reader->field_count ? reader->fields[field].column : (int)strlen(reader->line) + 1;
    struct ts_place place = {reader->path, reader->line_number, column};
    ts_diag_error(reader->diagnostics, code, place, "%s", text);
    ts_diag_source(reader->diagnostics, reader->line);
    return false;
}

/* ------------------------------------------------------------------ the text */

static char *read_file(const char *path, struct ts_arena *arena, struct ts_diagnostics *diagnostics)
{
    struct ts_place place = {path, 0, 0};
    size_t length = 0;
    char *read = ts_file_read(path, MAX_FILE_BYTES, &length);
    if (!read) {
        ts_diag_error(diagnostics, TS_ERROR_FILE, place, "cannot read it: %s", strerror(errno));
        return NULL;
    }
    char *text = length > MAX_FILE_BYTES ? NULL : ts_arena_strndup(arena, read, length);
    free(read);
    if (!text) {
        ts_diag_error(diagnostics, TS_ERROR_LIMIT, place, "a topology has at most 64 MiB");
    } else if (strlen(text) != length) {
        ts_diag_error(diagnostics, TS_ERROR_FILE, place, "it holds a NUL byte: no text");
    } else {
        return text;
    }
    return NULL;
}

/* Cuts the line at its commas; what stands between is trimmed, empty ones at the end are left out.
 */
static bool split_line(struct reader *reader, char *text)
{
    reader->field_count = 0;
    int empty = 0;
    for (char *at = text; at;) {
        char *comma = strchr(at, ',');
        char *end = comma ? comma : at + strlen(at), *begin = at;
        while (begin < end && isspace((unsigned char)*begin)) {
            begin++;
        }
        while (end > begin && isspace((unsigned char)end[-1])) {
            end--;
        }
        if (begin == end) {
            empty++;
        } else {
            empty = 0;
        }
        if (reader->field_count == MAX_FIELDS && !empty) {
            return field_error(reader, MAX_FIELDS - 1, TS_ERROR_SYNTAX,
                               "a layer has at most %d fields", MAX_FIELDS);
        }
        if (reader->field_count < MAX_FIELDS) {
            reader->fields[reader->field_count++] = (struct field){begin, (int)(begin - text) + 1};
        } else {
            empty--;
        }
        at = comma ? comma + 1 : NULL;
        *end = '\0';
    }
    reader->field_count -= empty < reader->field_count ? empty : reader->field_count;
    return true;
}

static bool is_number(const char *text)
{
    return text[strspn(text, "0123456789.+-eE")] == '\0' && *text;
}

static bool is_named(const char *text, char letter)
{
    return tolower((unsigned char)text[0]) == letter && !text[1];
}

/* A heading has no number behind its first field. It tells products (M, N, K) from convolutions. */
static bool read_heading(struct reader *reader)
{
    for (int i = 1; i < reader->field_count; i++) {
        if (is_number(reader->fields[i].text) || strchr(reader->fields[i].text, ':')) {
            return false;
        }
    }
    for (int i = 1; i < reader->field_count; i++) {
        for (int j = 0; j < 3; j++) {
            if (is_named(reader->fields[i].text, "mnk"[j])) {
                reader->order[j] = i;
            }
        }
    }
    if (!reader->order[0] || !reader->order[1] || !reader->order[2]) {
        memset(reader->order, 0, sizeof reader->order);
    }
    return reader->field_count > 1;
}

/* ------------------------------------------------------------------ a layer */

static bool read_size(struct reader *reader, int field, const char *what, int64_t *to)
{
    const char *text = field < reader->field_count ? reader->fields[field].text : "";
    char *end;
    if (!*text) {
        return field_error(reader, field, TS_ERROR_MISSING_KEY, "%s is missing", what);
    }
    errno = 0;
    double value = strtod(text, &end);
    if (*end || !is_number(text)) {
        return field_error(reader, field, TS_ERROR_TYPE, "%s is '%s', must be a whole number", what,
                           text);
    }
    if (!(value >= 1 && value <= (double)TS_MAX_DIM) || value != (double)(int64_t)value) {
        return field_error(reader, field, TS_ERROR_RANGE,
                           "%s is %s, must be a whole number between 1 and %lld", what, text,
                           (long long)TS_MAX_DIM);
    }
    *to = (int64_t)value;
    return true;
}

/* "2:4" */
static bool read_sparsity(struct reader *reader, int field, struct layer *layer)
{
    const char *text = reader->fields[field].text;
    char *end, *last;
    long kept = strtol(text, &end, 10), of = *end == ':' ? strtol(end + 1, &last, 10) : 0;
    if (*end != ':' || end == text || last == end + 1 || *last) {
        return field_error(reader, field, TS_ERROR_SYNTAX, "sparsity is N:M as in 2:4, not '%s'",
                           text);
    }
    if (kept < 1 || of < kept || of > 65536) {
        return field_error(reader, field, TS_ERROR_RANGE,
                           "%s: N is between 1 and M, M at most 65536", text);
    }
    layer->density = (double)kept / (double)of;
    layer->is_2_4 = kept == 2 && of == 4;
    return true;
}

static bool read_gemm(struct reader *reader, struct layer *layer)
{
    static const char *const what[] = {"M", "N", "K"};
    bool ok = true;
    layer->is_gemm = true;
    for (int i = 0; i < 3; i++) {
        ok &= read_size(reader, reader->order[0] ? reader->order[i] : i + 1, what[i],
                        &layer->sizes[i]);
    }
    return ok;
}

static bool read_conv(struct reader *reader, struct layer *layer)
{
    static const char *const what[] = {
        "the input's height", "the input's width",     "the filter's height", "the filter's width",
        "channels",           "the number of filters", "the stride"};
    bool ok = true;
    for (int i = 0; i < 7 && (ok || i + 1 < reader->field_count); i++) {
        ok &= read_size(reader, i + 1, what[i], &layer->sizes[i]);
    }
    layer->sizes[7] = layer->sizes[6];
    for (int i = 0; ok && i < 2; i++) {
        if (layer->sizes[2 + i] > layer->sizes[i]) {
            return field_error(reader, 3 + i, TS_ERROR_SHAPE,
                               "the filter is %lld %s, larger than the input's %lld",
                               (long long)layer->sizes[2 + i], i ? "wide" : "high",
                               (long long)layer->sizes[i]);
        }
    }
    return ok;
}

static bool read_layer(struct reader *reader)
{
    struct layer layer = {
        .density = 1, .line = reader->line, .place = {reader->path, reader->line_number, 1}};
    int count = reader->field_count, numbers = count - 1, sparsity = -1;
    for (int i = 1; i < count; i++) {
        if (strchr(reader->fields[i].text, ':')) {
            sparsity = i;
        }
    }
    if (sparsity >= 0 && sparsity != count - 1) {
        return field_error(reader, sparsity, TS_ERROR_SYNTAX, "sparsity is the last field");
    }
    if (sparsity >= 0) {
        numbers--;
        if (!read_sparsity(reader, sparsity, &layer)) {
            return false;
        }
        reader->field_count--;
    }
    bool gemm = reader->order[0] || numbers == 3;
    if (!(gemm ? read_gemm(reader, &layer) : read_conv(reader, &layer))) {
        return false;
    }
    int most = gemm ? 3 : 8;
    if (numbers > most) {
        return field_error(reader, most + 1, TS_ERROR_SYNTAX, "what is '%s'? a %s has %d numbers",
                           reader->fields[most + 1].text, gemm ? "product" : "convolution", most);
    }
    if (numbers == 8 && !read_size(reader, 8, "the stride of the width", &layer.sizes[7])) {
        return false;
    }
    if (reader->layer_count == MAX_LAYERS) {
        return field_error(reader, 0, TS_ERROR_LIMIT, "more than %d layers", MAX_LAYERS);
    }
    layer.name = *reader->fields[0].text
                     ? reader->fields[0].text
                     : ts_arena_printf(reader->arena, "layer%d", reader->layer_count + 1);
    if (reader->layer_count == reader->layer_capacity) {
        int capacity = reader->layer_capacity ? 2 * reader->layer_capacity : 64;
        struct layer *larger = TS_NEW_ARRAY(reader->arena, capacity, struct layer);
        if (reader->layer_count) {
            memcpy(larger, reader->layers, (size_t)reader->layer_count * sizeof *larger);
        }
        reader->layers = larger;
        reader->layer_capacity = capacity;
    }
    reader->layers[reader->layer_count++] = layer;
    return true;
}

/* All lines; errors of several are reported together. */
static bool read_lines(struct reader *reader, char *text)
{
    bool ok = true, first = true;
    if (strncmp(text, "\xef\xbb\xbf", 3) == 0) {
        text += 3;
    }
    while (text && *text && reader->diagnostics->errors < TS_DIAGNOSTICS_MAX) {
        char *end = strchr(text, '\n');
        if (end) {
            *end = '\0';
        }
        reader->line_number++;
        reader->line = ts_arena_strdup(reader->arena, text);
        bool fits = split_line(reader, text);
        ok &= fits;
        if (fits && reader->field_count > 0) {
            bool heading = first && read_heading(reader);
            first = false;
            ok &= heading || read_layer(reader);
        }
        text = end ? end + 1 : NULL;
    }
    if (ok && !reader->layer_count) {
        return ts_diag_error(reader->diagnostics, TS_ERROR_SYNTAX,
                             (struct ts_place){reader->path, 0, 0}, "it names no layer");
    }
    return ok;
}

/* ------------------------------------------------------------------ into the graph */

static bool set(struct ts_node *node, const char *attribute, int count, const double *values,
                struct ts_diagnostics *diagnostics)
{
    return ts_node_set_attribute(node, ts_operator_attribute(node->op, attribute), values, count,
                                 node->place, diagnostics);
}

/* A window that is cut off by the input's end counts: what it lacks is padded behind. */
static double pad_behind(int64_t input, int64_t filter, int64_t stride)
{
    int64_t out = (input - filter + stride - 1) / stride + 1;
    int64_t reach = (out - 1) * stride + filter;
    return reach > input ? (double)(reach - input) : 0;
}

static bool set_conv(struct reader *reader, const struct layer *layer, struct ts_node *node)
{
    const int64_t *s = layer->sizes;
    const double out = (double)s[5], none = 0, kernel[2] = {(double)s[2], (double)s[3]},
                 stride[2] = {(double)s[6], (double)s[7]},
                 pad[4] = {0, 0, pad_behind(s[0], s[2], s[6]), pad_behind(s[1], s[3], s[7])};
    return set(node, "out", 1, &out, reader->diagnostics) &&
           set(node, "kernel", 2, kernel, reader->diagnostics) &&
           set(node, "stride", 2, stride, reader->diagnostics) &&
           set(node, "pad", 4, pad, reader->diagnostics) &&
           set(node, "bias", 1, &none, reader->diagnostics);
}

/* A second "conv" is "conv.2". */
static const char *unique_name(struct reader *reader, const char *name)
{
    const char *free = name;
    int used = ts_names_find(reader->names, name);
    while (ts_names_find(reader->names, free) >= 0) {
        free = ts_arena_printf(reader->arena, "%s.%d", name, ++used);
    }
    ts_names_put(reader->names, name, used < 0 ? 1 : used);
    ts_names_put(reader->names, free, 1);
    return free;
}

static bool add_layer(struct reader *reader, const struct layer *layer)
{
    const int64_t *s = layer->sizes, batch = reader->options->batch;
    int64_t image[4] = {batch, s[4], s[0], s[1]}, matrix[2] = {batch * s[0], s[2]};
    const char *name = unique_name(reader, layer->name);
    const char *input = unique_name(reader, ts_arena_printf(reader->arena, "%s.input", name));
    int tensor =
        ts_graph_add_input(reader->graph, input, layer->is_gemm ? 2 : 4,
                           layer->is_gemm ? matrix : image, layer->place, reader->diagnostics);
    if (tensor < 0) {
        return false;
    }
    reader->graph->tensors[tensor].needs_gradient = true;
    struct ts_node *node =
        ts_graph_add_node(reader->graph, layer->is_gemm ? &ts_operator_gemm : &ts_operator_conv,
                          name, layer->place, reader->diagnostics);
    if (!node) {
        return false;
    }
    ts_node_set_inputs(reader->graph, node, &input, 1);
    node->source = layer->line;
    const double columns = (double)s[1];
    return layer->is_gemm ? set(node, "out", 1, &columns, reader->diagnostics)
                          : set_conv(reader, layer, node);
}

static bool build(struct reader *reader)
{
    for (int i = 0; i < reader->layer_count; i++) {
        if (!add_layer(reader, &reader->layers[i])) {
            return false;
        }
    }
    if (!ts_graph_finish(reader->graph, reader->diagnostics)) {
        return false;
    }
    for (int i = 0; i < reader->layer_count; i++) { /* layers stand apart: their order is kept */
        struct ts_tensor *weight = &reader->graph->tensors[reader->graph->nodes[i].parameters[0]];
        weight->density = reader->layers[i].density;
        weight->structured_2_4 = reader->layers[i].is_2_4;
    }
    return true;
}

static bool load(const char *workload, const struct ts_workload_options *options,
                 struct ts_arena *arena, struct ts_diagnostics *diagnostics,
                 struct ts_source_network *network)
{
    struct reader reader = {.path = ts_arena_strdup(arena, workload),
                            .options = options,
                            .arena = arena,
                            .diagnostics = diagnostics,
                            .graph = TS_NEW(arena, struct ts_graph),
                            .names = ts_names_new(arena)};
    char *text = read_file(workload, arena, diagnostics);
    if (!text || !read_lines(&reader, text)) {
        return false;
    }
    const char *slash = strrchr(workload, '/'), *name = slash ? slash + 1 : workload;
    *network =
        (struct ts_source_network){.name = ts_arena_strndup(arena, name, strlen(name) - 4),
                                   .graph = reader.graph,
                                   .passes = TS_PASSES_FORWARD | TS_PASSES_DATA | TS_PASSES_WEIGHT,
                                   .samples = options->batch,
                                   .separate_layers = true};
    ts_graph_init(reader.graph, arena, network->name);
    reader.graph->description = "SCALE-Sim topology";
    return build(&reader);
}

const struct ts_frontend ts_frontend_scalesim = {"scalesim", matches, load, false};
