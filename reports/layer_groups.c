#include "reports/layer_groups.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

static const double alike = 0.95;

struct ranked {
    const struct ts_layer_result *layer;
    int index;
};

/* Slowest first; equal ones in program order. */
static int by_latency(const void *a, const void *b)
{
    const struct ranked *x = a, *y = b;
    if (x->layer->latency_s != y->layer->latency_s) {
        return x->layer->latency_s < y->layer->latency_s ? 1 : -1;
    }
    return x->index < y->index ? -1 : 1;
}

struct found {
    const struct ts_layer_result *longest;
    int first; /* the index of its first layer in the program */
    struct layer_group group;
};

static int by_time(const void *a, const void *b)
{
    const struct found *x = a, *y = b;
    double x_s = x->group.sum.latency_s, y_s = y->group.sum.latency_s;
    if (x_s != y_s) {
        return x_s < y_s ? 1 : -1;
    }
    return x->first < y->first ? -1 : 1;
}

static bool same_text(const char *a, const char *b)
{
    return strcmp(a ? a : "", b ? b : "") == 0;
}

static bool same_work(const struct ts_layer_result *a, const struct ts_layer_result *b)
{
    return a->m == b->m && a->n == b->n && a->k == b->k && a->batch == b->batch &&
           a->macs == b->macs && same_text(a->op, b->op) && same_text(a->algorithm, b->algorithm) &&
           same_text(a->bound, b->bound);
}

/* Where the parts of a name end: layer1.0.conv2, blocks/3/mlp. */
static bool is_boundary(char c)
{
    return c == '\0' || (!isalnum((unsigned char)c) && c != '*');
}

/* What two names have in common, as a pattern with one '*'; "*" when nothing. */
static const char *common_name(const char *pattern, const char *name, struct ts_arena *arena)
{
    size_t a = strlen(pattern), b = strlen(name), shorter = a < b ? a : b, head = 0, tail = 0;
    while (head < shorter && pattern[head] == name[head]) {
        head++;
    }
    if (head == a && head == b) {
        return pattern;
    }
    while (head > 0 && !is_boundary(pattern[head - 1])) {
        head--;
    }
    while (tail < shorter - head && pattern[a - 1 - tail] == name[b - 1 - tail] &&
           pattern[a - 1 - tail] != '*') {
        tail++;
    }
    while (tail > 0 && !is_boundary(pattern[a - tail])) {
        tail--;
    }
    return ts_arena_printf(arena, "%.*s*%s", (int)head, pattern, pattern + a - tail);
}

static void add(struct layer_group *group, const struct ts_layer_result *layer,
                struct ts_arena *arena)
{
    struct ts_layer_result *sum = &group->sum;
    double whole_s = sum->latency_s + layer->latency_s;
    double share = whole_s > 0 ? layer->latency_s / whole_s : 0;
    group->name = common_name(group->name, layer->name, arena);
    group->count++;
    sum->tflops += share * (layer->tflops - sum->tflops);
    sum->utilization += share * (layer->utilization - sum->utilization);
    sum->latency_s = whole_s;
    sum->cycles += layer->cycles;
    sum->dram_read_bytes += layer->dram_read_bytes;
    sum->dram_write_bytes += layer->dram_write_bytes;
    sum->energy.total_j += layer->energy.total_j;
    if (layer->numerics.measured &&
        (!sum->numerics.measured || layer->numerics.sqnr_db < sum->numerics.sqnr_db)) {
        sum->numerics = layer->numerics;
    }
}

struct layer_group *layers_each(const struct ts_result *result, struct ts_arena *arena)
{
    struct layer_group *groups = TS_NEW_ARRAY(arena, result->layer_count + 1, struct layer_group);
    for (int i = 0; i < result->layer_count; i++) {
        groups[i] = (struct layer_group){result->layers[i].name, 1, result->layers[i]};
    }
    return groups;
}

/* The group that a layer belongs to; those are looked at from the slowest layer down, so that the
 * latest groups are the likeliest. */
static struct found *group_of(struct found *groups, int count, const struct ts_layer_result *layer)
{
    for (int g = count - 1; g >= 0; g--) {
        if (layer->latency_s < alike * groups[g].longest->latency_s) {
            return NULL;
        }
        if (same_work(groups[g].longest, layer)) {
            return &groups[g];
        }
    }
    return NULL;
}

struct layer_group *layers_grouped(const struct ts_result *result, struct ts_arena *arena,
                                   int *count)
{
    int layers = result->layer_count;
    struct ranked *order = TS_NEW_ARRAY(arena, layers + 1, struct ranked);
    struct found *groups = TS_NEW_ARRAY(arena, layers + 1, struct found);
    struct layer_group *sorted = TS_NEW_ARRAY(arena, layers + 1, struct layer_group);
    for (int i = 0; i < layers; i++) {
        order[i] = (struct ranked){&result->layers[i], i};
    }
    qsort(order, (size_t)layers, sizeof *order, by_latency);
    *count = 0;
    for (int i = 0; i < layers; i++) {
        const struct ts_layer_result *layer = order[i].layer;
        struct found *found = group_of(groups, *count, layer);
        if (found) {
            add(&found->group, layer, arena);
            found->first = order[i].index < found->first ? order[i].index : found->first;
        } else {
            groups[(*count)++] = (struct found){layer, order[i].index, {layer->name, 1, *layer}};
        }
    }
    qsort(groups, (size_t)*count, sizeof *groups, by_time);
    for (int i = 0; i < *count; i++) {
        sorted[i] = groups[i].group;
        if (strcmp(sorted[i].name, "*") == 0) {
            sorted[i].name = ts_arena_printf(arena, "%s, ...", groups[i].longest->name);
        }
    }
    return sorted;
}

struct layer_group *layers_shown(const struct ts_result *result, bool all, int most,
                                 struct ts_arena *arena, int *count, int *groups)
{
    *groups = 0;
    *count = result->layer_count;
    if (all || *count <= most) {
        return layers_each(result, arena);
    }
    struct layer_group *shown = layers_grouped(result, arena, groups);
    *count = *groups < most ? *groups : most;
    return shown;
}
