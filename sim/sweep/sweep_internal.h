/* What the parts of the sweep file's loader share. Internal. */
#ifndef SIM_SWEEP_SWEEP_INTERNAL_H
#define SIM_SWEEP_SWEEP_INTERNAL_H

#include "tessera/sweep.h"

struct sweep_loader {
    struct ts_sweep *sweep;
    const struct ts_yaml *root;
    struct ts_arena *arena;
    struct ts_diagnostics *diagnostics;
};

/* `axes:` into sweep->axes. A range without `steps` has no values yet: a sample draws them. */
bool sweep_load_axes(struct sweep_loader *loader);

/* The value of a range at `part` of it, 0 <= part < 1, with every whole number of an integer range
 * (or its logarithm) as likely as its width says; in `arena`. */
struct ts_axis_value sweep_range_value(const struct ts_axis_range *range, double part,
                                       struct ts_arena *arena);

/* `sample:` draws the values of ranges, and which values of lists a point has. Nothing to do, and
 * an error for ranges without `steps`, when it is absent. */
bool sweep_load_sample(struct sweep_loader *loader);

/* One value of an axis as the option that it is; "" leaves the job as it is. */
bool sweep_apply_axis(struct ts_job *job, const struct ts_axis *axis, const char *text,
                      struct ts_arena *arena, struct ts_diagnostics *diagnostics);

#endif
