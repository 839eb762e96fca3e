/* Waves: a run as signals that change, gathered by a sink for a VCD file.
 *
 * SystemC's tracing writes values as its calendar advances, but why a pipe waited is known when the
 * wait is over, and events of its own would reorder those of equal time. So the run only notes the
 * changes, in memory that outlives its process, and kernel_play() writes them from another one.
 */
#ifndef TESSERA_SIM_ENGINE_WAVES_H
#define TESSERA_SIM_ENGINE_WAVES_H

#include "tessera/trace.h"

#ifdef __cplusplus
extern "C" {
#endif

/* By number: these, then units of WAVE_UNIT_SIGNALS, then servers of WAVE_SERVER_SIGNALS each: the
 * network on chip, the shared cache, the host link, DRAM channels. */
enum { WAVE_LAYER, WAVE_EXTRAPOLATED, WAVE_REPEATED, WAVE_FIRST_UNIT };
enum { WAVE_STATE, WAVE_LOADS, WAVE_UNIT_SIGNALS };
enum { WAVE_BUSY, WAVE_QUEUE, WAVE_SERVER_SIGNALS };
enum { WAVE_NOC, WAVE_CACHE, WAVE_HOST, WAVE_FIRST_CHANNEL };

/* A signal goes up or down; all start at 0. */
struct wave_change {
    int64_t time_ps;
    int32_t signal;
    int32_t difference;
};

struct waves {
    struct ts_trace_sink sink; /* first; for the tracer */
    int64_t limit, count;
    int64_t layers; /* changes among these that do not count against the limit */
    int64_t units, channels;
    double ps_per_cycle;
    int64_t end_ps;
    int64_t left_out, covered_ps; /* slices behind the limit, and where the first of them starts */
    struct wave_change changes[];
};

/* A mapping that parent and child share, with room for `limit` changes; NULL without memory. */
struct waves *waves_map(int64_t limit);
void waves_unmap(struct waves *waves);

static inline int64_t wave_of_unit(int64_t unit)
{
    return WAVE_FIRST_UNIT + unit * WAVE_UNIT_SIGNALS;
}

static inline int64_t wave_of_server(const struct waves *waves, int64_t server)
{
    return wave_of_unit(waves->units) + server * WAVE_SERVER_SIGNALS;
}

static inline int64_t wave_count(const struct waves *waves)
{
    return wave_of_server(waves, WAVE_FIRST_CHANNEL + waves->channels);
}

/* Puts the changes in order of time. */
void waves_sort(struct waves *waves);

#ifdef __cplusplus
}
#endif
#endif
