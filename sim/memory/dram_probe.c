/* The device alone under an access pattern. */
#include "dram_scheduler.h"

#include <stdlib.h>
#include <string.h>

enum {
    WARM_INTERVALS = 1,      /* refresh intervals before counting */
    MEASURED_INTERVALS = 24, /* and while counting; of few channels ... */
    MANY_CHANNELS = 4,       /* ... from here on they make up for each other */
    MEASURED_INTERVALS_OF_MANY = 4,
    MOST_CHANNEL_CLOCKS = 1 << 24, /* all channels together: bounds the time a probe takes */
    TILE_ROWS = 64,                /* rows of a tile: a 64 x 64 tile of fp32 has 64 of 256 bytes */
    /* STREAM's arrays as it comes: ten million doubles, one array behind the other (McCalpin,
     * STREAM 5.10: STREAM_ARRAY_SIZE). */
    MIX_ARRAYS = 3,
    MIX_ARRAY_BYTES = 80 * 1000 * 1000,
};

struct feed {
    const struct ts_dram_probe *probe;
    const struct ts_dram_mapping *mapping;
    int64_t controllers; /* channels, pseudo-channels that share one together */
    uint64_t burst_bytes, capacity;
    uint64_t index;  /* of the next access */
    uint64_t random; /* splitmix64 state */
    int64_t time;    /* not before */
};

static uint64_t next_random(uint64_t *state)
{
    uint64_t value = (*state += UINT64_C(0x9E3779B97F4A7C15));

    value = (value ^ (value >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    value = (value ^ (value >> 27)) * UINT64_C(0x94D049BB133111EB);
    return value ^ (value >> 31);
}

static uint64_t tile_address(const struct feed *feed)
{
    const struct ts_dram_probe *probe = feed->probe;
    uint64_t per_row = ((uint64_t)probe->row_bytes + feed->burst_bytes - 1) / feed->burst_bytes;
    uint64_t across = (uint64_t)(probe->pitch_bytes / probe->row_bytes);
    uint64_t run = feed->index / per_row, tile = run / TILE_ROWS;
    uint64_t row = tile / across * TILE_ROWS + run % TILE_ROWS;

    return row * (uint64_t)probe->pitch_bytes + tile % across * (uint64_t)probe->row_bytes +
           feed->index % per_row * feed->burst_bytes;
}

/* STREAM's add, c[i] = a[i] + b[i]: a burst of each array in turn. */
static uint64_t mix_address(const struct feed *feed)
{
    uint64_t bursts = MIX_ARRAY_BYTES / feed->burst_bytes;

    return (feed->index % MIX_ARRAYS * bursts + feed->index / MIX_ARRAYS) * feed->burst_bytes;
}

static uint64_t next_address(struct feed *feed, bool *is_write)
{
    uint64_t address = feed->index * feed->burst_bytes;

    *is_write = false;
    switch (feed->probe->pattern) {
    case TS_DRAM_READ:
    case TS_DRAM_IDLE_HIT:
        break;
    case TS_DRAM_WRITE:
        *is_write = true;
        break;
    case TS_DRAM_MIX:
        address = mix_address(feed);
        *is_write = feed->index % MIX_ARRAYS == MIX_ARRAYS - 1;
        break;
    case TS_DRAM_RANDOM:
    case TS_DRAM_IDLE_RANDOM:
        address = next_random(&feed->random) % feed->capacity;
        break;
    case TS_DRAM_SAME_BANK:
        address = feed->index << (feed->mapping->row.low + feed->mapping->burst_shift);
        break;
    case TS_DRAM_TILE:
        address = tile_address(feed);
        break;
    }
    feed->index++;
    return address % feed->capacity;
}

static bool one_outstanding(const struct ts_dram_probe *probe)
{
    return probe->pattern == TS_DRAM_IDLE_HIT || probe->pattern == TS_DRAM_IDLE_RANDOM;
}

/* The access that waits at the head: a full queue holds up everything behind it. */
struct pending {
    struct ts_dram_address at;
    bool is_write, valid;
};

static void fill(struct feed *feed, struct pending *pending, struct ts_dram_scheduler *channel,
                 int64_t now)
{
    while (now >= feed->time) {
        struct ts_dram_scheduler *target;

        if (!pending->valid) {
            uint64_t address = next_address(feed, &pending->is_write);

            pending->at = ts_dram_map(feed->mapping, address);
            pending->valid = true;
        }
        target = &channel[pending->at.channel % feed->controllers];
        if (!ts_dram_scheduler_accepts(target, pending->is_write)) {
            return;
        }
        ts_dram_scheduler_enter(target, &pending->at, pending->is_write, now);
        pending->valid = false;
        if (one_outstanding(feed->probe)) {
            feed->time = TS_DRAM_NEVER; /* until its data is there */
        }
    }
}

/* Runs from `now` to `end`; returns the time reached. */
static int64_t run_until(struct feed *feed, struct pending *pending,
                         struct ts_dram_scheduler *channel, int channels, int64_t now, int64_t end)
{
    while (now < end) {
        int64_t next = TS_DRAM_NEVER;

        fill(feed, pending, channel, now);
        for (int c = 0; c < channels; c++) {
            uint64_t reads = channel[c].reads_done;

            if (channel[c].wake <= now) {
                ts_dram_scheduler_step(&channel[c], now);
            }
            if (one_outstanding(feed->probe) && channel[c].reads_done > reads) {
                feed->time = channel[c].last_data;
            }
            next = channel[c].wake < next ? channel[c].wake : next;
        }
        if (feed->time > now && feed->time < next) {
            next = feed->time;
        }
        now = next > now ? next : now + 1;
    }
    return now;
}

static void add_counters(struct ts_dram_probe_result *result, const struct ts_dram_scheduler *s,
                         double *reads, double *latency)
{
    uint64_t bytes = (uint64_t)ts_dram_burst_bytes(s->spec);

    result->read_bytes += s->reads_done * bytes;
    result->write_bytes += s->writes_done * bytes;
    result->activations += (double)s->activations;
    result->refreshes += (double)s->refreshes;
    result->turnarounds += (double)s->turnarounds;
    *reads += (double)s->reads_done;
    *latency += s->latency_clocks;
}

static void clear_counters(struct ts_dram_scheduler *s)
{
    s->reads_done = s->writes_done = s->activations = s->refreshes = s->turnarounds = 0;
    s->latency_clocks = 0.0;
}

static void measure(struct feed *feed, struct ts_dram_scheduler *channel,
                    const struct ts_dram_spec *spec, struct ts_dram_probe_result *result)
{
    int64_t interval = channel->clocks.refi, start, end;
    struct pending pending = {.valid = false};
    int channels = (int)feed->controllers;
    int intervals = channels < MANY_CHANNELS ? MEASURED_INTERVALS : MEASURED_INTERVALS_OF_MANY;
    int64_t most = MOST_CHANNEL_CLOCKS / channels;
    int64_t measured = intervals * interval < most ? intervals * interval : most;
    double reads = 0.0, latency = 0.0, bursts;

    start = run_until(feed, &pending, channel, channels, 0,
                      WARM_INTERVALS * interval < most ? WARM_INTERVALS * interval : most);
    for (int c = 0; c < channels; c++) {
        clear_counters(&channel[c]);
    }
    end = run_until(feed, &pending, channel, channels, start, start + measured);
    for (int c = 0; c < channels; c++) {
        add_counters(result, &channel[c], &reads, &latency);
    }
    result->seconds = (double)(end - start) * spec->tck_ns * 1e-9;
    result->achieved_gbps =
        (double)(result->read_bytes + result->write_bytes) / result->seconds * 1e-9;
    result->average_latency_ns = reads > 0.0 ? latency / reads * spec->tck_ns : 0.0;
    bursts = (double)(result->read_bytes + result->write_bytes) / (double)feed->burst_bytes;
    result->row_hits = bursts > result->activations ? bursts - result->activations : 0.0;
}

int ts_dram_probe_run(const struct ts_dram_spec *spec, const struct ts_dram_probe *probe,
                      struct ts_dram_probe_result *result)
{
    double native = ts_dram_device_peak_gbps(spec);
    double speedup = probe->bandwidth_gbps > 0.0 ? probe->bandwidth_gbps / native : 1.0;
    struct ts_dram_spec scaled = ts_dram_spec_scaled(spec, speedup);
    struct ts_dram_scheduler *channel;
    struct ts_dram_mapping mapping;
    struct feed feed = {.probe = probe, .mapping = &mapping, .random = probe->seed};
    int64_t ready = 0;

    memset(result, 0, sizeof(*result));
    if (ts_dram_spec_check(spec)) {
        return -1;
    }
    (void)ts_dram_mapping_init(&mapping, &scaled);
    feed.controllers = spec->channels / spec->pseudo_channels;
    feed.burst_bytes = (uint64_t)ts_dram_burst_bytes(spec);
    feed.capacity = (uint64_t)(spec->channels * spec->ranks * spec->bank_groups *
                               spec->banks_per_group * spec->rows) *
                    (uint64_t)spec->page_bytes;
    channel = calloc((size_t)feed.controllers, sizeof(*channel));
    if (!channel) {
        return -1;
    }
    while (ready < feed.controllers && ts_dram_scheduler_init(&channel[ready], &scaled) == 0) {
        ready++;
    }
    result->peak_gbps = native * speedup;
    if (ready == feed.controllers) {
        measure(&feed, channel, &scaled, result);
    }
    for (int64_t c = 0; c < ready; c++) {
        ts_dram_scheduler_release(&channel[c]);
    }
    free(channel);
    return ready == feed.controllers ? 0 : -1;
}
