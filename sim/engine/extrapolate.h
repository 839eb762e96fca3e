/* What extrapolation measures, and how it skips by it: extrapolate.c finds a sample, skip.c passes
 * over the waves that it stands for. */
#ifndef TESSERA_SIM_ENGINE_EXTRAPOLATE_H
#define TESSERA_SIM_ENGINE_EXTRAPOLATE_H

#include "sim/engine/engine.h"

/* The measured waves that stand for those to come. */
struct sample {
    const struct snapshot *before, *after;
    double waves;
    double clock_cycles; /* from before to after */
    double cycles;       /* of a wave */
    double roof_cycles;  /* of a wave */
};

/* Skips up to `left` waves: those that are like the sample. */
void skip_ahead(struct engine *engine, double now_cycles, const struct sample *sample,
                int64_t left);

#endif
