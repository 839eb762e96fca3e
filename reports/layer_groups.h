/* Layers that do the same work, as those of a network's repeated blocks, shown as one. Internal to
 * reports/. */
#ifndef REPORTS_LAYER_GROUPS_H
#define REPORTS_LAYER_GROUPS_H

#include "tessera/arena.h"
#include "tessera/result.h"

struct layer_group {
    const char *name; /* what the names have in common: layer1.*.conv2; one of them and ... */
    int count;
    struct ts_layer_result sum; /* the first layer; its times, bytes, energy and macs are of all,
                                   its rates the mean, its noise the worst */
};

/* Every layer by itself, in program order. */
struct layer_group *layers_each(const struct ts_result *result, struct ts_arena *arena);

/* Layers of one operator, algorithm, shape and bound whose times are within 5 % of the longest of
 * them; the groups that take most time first, equal ones in program order. */
struct layer_group *layers_grouped(const struct ts_result *result, struct ts_arena *arena,
                                   int *count);

/* What is shown: every layer, or of more than `most` layers the `most` groups that take longest.
 * *groups is how many there are in all, 0 where layers are shown each. */
struct layer_group *layers_shown(const struct ts_result *result, bool all, int most,
                                 struct ts_arena *arena, int *count, int *groups);

#endif
