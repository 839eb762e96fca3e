/* Serves one tile: spreads its bursts and pages over channels, then lets the channels serve them.
 */
#include "dram_internal.h"

#include <math.h>

enum {
    EXACT_BURSTS = 16, /* tiles up to here are mapped burst by burst */
    STRIPES_CHECKED = 32,
    READS_REMEMBERED = 16, /* drains */
};

/* A tile made regular: `rows` runs of `row_bytes`, `pitch` apart, none touching the next. */
struct tile {
    uint64_t base;
    int64_t rows, row_bytes, pitch;
    int64_t row_bursts;
    int64_t bursts;
    bool is_write;
};

static int64_t units_spanned(uint64_t base, int64_t bytes, int64_t unit)
{
    return (int64_t)((base % (uint64_t)unit + (uint64_t)bytes + (uint64_t)unit - 1) /
                     (uint64_t)unit);
}

static struct tile make_tile(const struct ts_dram_request *request, int64_t burst_bytes)
{
    struct tile tile = {
        request->base,    request->rows, request->row_bytes, request->pitch_bytes, 0, 0,
        request->is_write};
    int64_t span;

    if (tile.rows > 1 && tile.pitch <= tile.row_bytes) {
        tile.row_bytes *= tile.rows;
        tile.rows = 1;
    }
    if (tile.rows == 1)
        tile.pitch = tile.row_bytes;
    tile.row_bursts = units_spanned(tile.base, tile.row_bytes, burst_bytes);
    tile.bursts = tile.rows * tile.row_bursts;
    span = units_spanned(tile.base, (tile.rows - 1) * tile.pitch + tile.row_bytes, burst_bytes);
    if (tile.bursts > span)
        tile.bursts = span; /* rows that share bursts */
    return tile;
}

/* splitmix64's finaliser (Steele et al., OOPSLA 2014): spreads high address bits over all others.
 */
static uint64_t mix(uint64_t value)
{
    value = (value ^ (value >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    value = (value ^ (value >> 27)) * UINT64_C(0x94D049BB133111EB);
    return value ^ (value >> 31);
}

/* Hashed channels stay a permutation within each run of `channels` granules: the start is hashed.
 */
static int channel_of(const struct ts_dram *dram, uint64_t granule)
{
    uint64_t channels = (uint64_t)dram->channels;
    uint64_t rotation = dram->config.address_hash ? mix(granule / channels) : 0;

    return (int)((granule % channels + rotation % channels) % channels);
}

static int64_t set_of(const struct ts_dram *dram, int64_t stripe)
{
    int64_t sets = dram->times->layout.sets;
    uint64_t rotation = dram->config.address_hash ? mix((uint64_t)(stripe / sets)) : 0;

    return (int64_t)(((uint64_t)(stripe % sets) + rotation % (uint64_t)sets) % (uint64_t)sets);
}

/* ------------------------------------------------------------------ small tiles, burst by burst */

/* Row open in a bank: left by the newer of a small tile in this channel and a large one in all. */
static int64_t open_row(const struct ts_dram_bank *bank, const struct ts_dram_set *set)
{
    return set->stamp > bank->stamp ? set->row : bank->row;
}

/* Opens the page of the burst at `address` if need be; returns when a column command can go. */
static double open_page(struct ts_dram *dram, struct ts_dram_channel *channel, uint64_t address,
                        double now)
{
    struct ts_dram_times *times = dram->times;
    const struct ts_dram_layout *layout = &times->layout;
    uint64_t granule = address / (uint64_t)layout->granule_bytes;
    int64_t local = (int64_t)(granule / (uint64_t)dram->channels) * layout->granule_bytes +
                    (int64_t)(address % (uint64_t)layout->granule_bytes);
    int64_t stripe = local / layout->stripe_bytes;
    int64_t group = local / layout->burst_bytes / layout->run_bursts % layout->groups;
    int64_t set = set_of(dram, stripe), row = stripe / layout->sets;
    struct ts_dram_bank *bank = &channel->bank[set * layout->groups + group];
    int64_t open = open_row(bank, &times->set[set]);
    double start;

    bank->row = row;
    bank->stamp = times->stamp;
    if (open == row) {
        dram->counters.row_hits += 1.0;
        return now;
    }
    dram->counters.activations += 1.0;
    channel->activate_free = fmax(now, channel->activate_free);
    start = fmax(channel->activate_free, bank->ready_cycles);
    channel->activate_free += times->activate;
    bank->ready_cycles = start + times->row_cycle;
    return start + times->activate_read + (open != TS_DRAM_NO_ROW ? times->precharge : 0.0);
}

static double bus_time(const struct ts_dram *dram, double bursts, bool one_group)
{
    return bursts * (one_group ? dram->times->burst_group : dram->times->burst);
}

/*
 * Write drains: writes that had reads before them pay their share of a turnaround. A long run of
 * writes alone pays for READS_REMEMBERED drains, then no more.
 */
static double turnaround_time(struct ts_dram *dram, struct ts_dram_channel *channel, bool is_write)
{
    double drain = dram->times->drain_bursts, share;

    if (!is_write) {
        channel->reads_since_drain =
            fmin(channel->reads_since_drain + channel->bursts, READS_REMEMBERED * drain);
        return 0.0;
    }
    share = fmin(channel->bursts, channel->reads_since_drain) / drain;
    channel->reads_since_drain -= share * drain;
    dram->counters.turnarounds += share;
    return share * dram->times->turnaround;
}

/* Takes the channel's bus for what the request put there; returns when it is through. */
static double take_bus(struct ts_dram *dram, struct ts_dram_channel *channel, double now,
                       bool is_write, bool one_group, double *start)
{
    double turn = turnaround_time(dram, channel, is_write);
    double busy = channel->bursts * dram->times->burst_plain;
    double held = bus_time(dram, channel->bursts, one_group) + turn + channel->exposed_cycles;

    *start = fmax(now, channel->bus_free);
    channel->bus_free = *start + held;
    dram->counters.busy_cycles += busy;
    dram->counters.stall_cycles += held - busy;
    return channel->bus_free;
}

static void serve_burst(struct ts_dram *dram, double now, uint64_t address, bool is_write,
                        struct ts_dram_reply *reply)
{
    const struct ts_dram_times *times = dram->times;
    uint64_t granule = address / (uint64_t)times->layout.granule_bytes;
    struct ts_dram_channel *channel = &dram->channel[channel_of(dram, granule)];
    double ready = open_page(dram, channel, address, now);
    double start, done;

    channel->bursts = 1.0;
    channel->exposed_cycles = 0.0;
    done = take_bus(dram, channel, now, is_write, false, &start);
    if (!is_write)
        done = fmax(done, ready + times->burst_plain) + times->hit - times->burst_plain;
    reply->start_cycles = fmin(reply->start_cycles, start);
    reply->first_data_cycles = fmin(reply->first_data_cycles, done);
    reply->done_cycles = fmax(reply->done_cycles, done);
}

static struct ts_dram_reply serve_small(struct ts_dram *dram, double now, const struct tile *tile)
{
    uint64_t burst_bytes = (uint64_t)dram->times->layout.burst_bytes;
    struct ts_dram_reply reply = {HUGE_VAL, HUGE_VAL, now};
    uint64_t served_to = 0; /* rows closer than a burst share one */

    for (int64_t r = 0; r < tile->rows; r++) {
        uint64_t address = tile->base + (uint64_t)(r * tile->pitch);
        uint64_t end = address + (uint64_t)tile->row_bytes;

        address -= address % burst_bytes;
        if (r > 0 && address < served_to)
            address = served_to;
        for (; address < end; address += burst_bytes)
            serve_burst(dram, now, address, tile->is_write, &reply);
        served_to = address;
    }
    return reply;
}

/* ------------------------------------------------------------------ large tiles, in closed form */

static int64_t greatest_common_divisor(int64_t a, int64_t b)
{
    while (b != 0) {
        int64_t rest = a % b;

        a = b;
        b = rest;
    }
    return a;
}

static void spread_evenly(struct ts_dram *dram, const struct tile *tile, int64_t granules)
{
    int64_t channels = dram->channels, each = granules / channels, extra = granules % channels;
    uint64_t first = tile->base / (uint64_t)dram->times->layout.granule_bytes;
    int64_t start = channel_of(dram, first);
    double bursts = (double)tile->bursts / (double)granules;

    for (int64_t c = 0; c < channels; c++) {
        int64_t distance = c - start < 0 ? c - start + channels : c - start;

        dram->channel[c].bursts = bursts * (double)(each + (distance < extra ? 1 : 0));
    }
}

/* Rows whose starts repeat over few channels: windows of granules, summed by differences. */
static void spread_windows(struct ts_dram *dram, const struct tile *tile, int64_t row_granules)
{
    int64_t channels = dram->channels, granule = dram->times->layout.granule_bytes;
    int64_t shift = tile->pitch / granule % channels;
    int64_t period = channels / greatest_common_divisor(shift, channels);
    int64_t starts = tile->rows < period ? tile->rows : period, window = row_granules % channels;
    double bursts = (double)tile->bursts / (double)(tile->rows * row_granules), level;
    int64_t at = (int64_t)(tile->base / (uint64_t)granule % (uint64_t)channels);

    level = bursts * (double)(tile->rows * (row_granules / channels));
    for (int64_t c = 0; c < channels; c++)
        dram->channel[c].bursts = 0.0;
    for (int64_t s = 0; s < starts && window > 0; s++, at = (at + shift) % channels) {
        double weight = bursts * (double)(tile->rows / starts + (s < tile->rows % starts ? 1 : 0));
        int64_t end = at + window;

        dram->channel[at].bursts += weight;
        if (end > channels)
            level += weight;
        if (end != channels)
            dram->channel[end % channels].bursts -= weight;
    }
    for (int64_t c = 0; c < channels; c++) {
        level += dram->channel[c].bursts;
        dram->channel[c].bursts = level > 1e-9 ? level : 0.0;
    }
}

static void spread_bursts(struct ts_dram *dram, const struct tile *tile)
{
    int64_t granule = dram->times->layout.granule_bytes;
    int64_t row_granules = units_spanned(tile->base, tile->row_bytes, granule);
    int64_t span =
        units_spanned(tile->base, (tile->rows - 1) * tile->pitch + tile->row_bytes, granule);
    int64_t granules = tile->rows * row_granules < span ? tile->rows * row_granules : span;

    if (tile->rows > 1 && !dram->config.address_hash && tile->pitch % granule == 0)
        spread_windows(dram, tile, row_granules);
    else
        spread_evenly(dram, tile, granules);
}

/* Stripes that a tile touches: `count`, in `row_stripes` each row when rows lie in stripes apart.
 */
struct stripes {
    int64_t bytes; /* of a stripe over all channels */
    int64_t count, row_stripes;
    bool apart;
    int64_t sets_used;
};

static struct stripes find_stripes(const struct ts_dram *dram, const struct tile *tile)
{
    const struct ts_dram_layout *layout = &dram->times->layout;
    struct stripes s = {layout->stripe_bytes * dram->channels, 0, 0, false, 0};

    s.apart = tile->rows > 1 && tile->pitch >= s.bytes;
    s.row_stripes = units_spanned(tile->base, tile->row_bytes, s.bytes);
    if (s.apart)
        s.count = tile->rows * s.row_stripes;
    else
        s.count =
            units_spanned(tile->base, (tile->rows - 1) * tile->pitch + tile->row_bytes, s.bytes);
    s.sets_used = s.count < layout->sets ? s.count : layout->sets;
    if (s.apart && !dram->config.address_hash && tile->pitch % s.bytes == 0) {
        int64_t step = tile->pitch / s.bytes % layout->sets;
        int64_t distinct = layout->sets / greatest_common_divisor(step, layout->sets);

        distinct *= s.row_stripes;
        s.sets_used = distinct < s.sets_used ? distinct : s.sets_used;
    }
    return s;
}

/*
 * Pages of one stripe that the tile touches, over all channels. Rows whose pitch is a whole number
 * of turns through the bank groups touch the same groups again and again, unless bits are hashed.
 */
static double pages_touched(const struct ts_dram *dram, const struct tile *tile,
                            const struct stripes *s)
{
    const struct ts_dram_layout *layout = &dram->times->layout;
    int64_t turn = layout->groups * layout->run_bursts * layout->burst_bytes * dram->channels;
    double touched = (double)tile->bursts / (double)s->count;

    if (tile->rows > 1 && tile->pitch % turn == 0 && !dram->config.address_hash)
        touched = fmin(touched, (double)tile->row_bursts / (double)layout->run_bursts);
    return fmin(touched, (double)(layout->groups * dram->channels));
}

/* Opens the tile's pages; returns how many were not open, over all channels. */
static double open_pages(struct ts_dram *dram, const struct tile *tile, const struct stripes *s)
{
    struct ts_dram_times *times = dram->times;
    double all = (double)(times->layout.groups * dram->channels);
    double touched = pages_touched(dram, tile, s);
    int64_t checked = s->count < STRIPES_CHECKED ? s->count : STRIPES_CHECKED;
    int64_t unchecked = s->count - checked;
    double opened = touched * (double)unchecked;

    for (int64_t i = unchecked; i < s->count; i++) {
        uint64_t address = tile->base;
        int64_t stripe, row;
        struct ts_dram_set *set;
        double fresh;

        if (s->apart)
            address += (uint64_t)(i / s->row_stripes * tile->pitch);
        stripe = (int64_t)(address / (uint64_t)s->bytes) + (s->apart ? i % s->row_stripes : i);
        set = &times->set[set_of(dram, stripe)];
        row = stripe / times->layout.sets;
        if (set->row != row)
            *set = (struct ts_dram_set){.row = row};
        fresh = fmin(touched, all - set->pages);
        set->pages += fresh;
        set->stamp = times->stamp;
        opened += fresh;
    }
    return opened;
}

/* Shares activations by load and finds the time that rows of one bank wait for each other. */
static void share_pages(struct ts_dram *dram, const struct tile *tile, const struct stripes *s,
                        double opened)
{
    const struct ts_dram_times *times = dram->times;

    for (int c = 0; c < dram->channels; c++) {
        struct ts_dram_channel *channel = &dram->channel[c];
        double share = channel->bursts / (double)tile->bursts;
        double groups =
            fmin((double)times->layout.groups, fmax(1.0, channel->bursts / (double)s->count));
        double rows_per_bank;

        channel->activations = opened * share;
        rows_per_bank = channel->activations / ((double)s->sets_used * groups);
        channel->conflict_cycles = fmax(0.0, rows_per_bank - 1.0) * times->row_cycle;
        channel->exposed_cycles = 0.0;
        if (s->sets_used == 1)
            channel->exposed_cycles = fmax(0.0, rows_per_bank - 1.0) * times->row_change;
    }
}

static struct ts_dram_reply serve_large(struct ts_dram *dram, double now, const struct tile *tile)
{
    const struct ts_dram_times *times = dram->times;
    bool one_group = times->layout.run_bursts >= dram->spec->read_queue;
    double first = HUGE_VAL, last = now, begin = HUGE_VAL, opened;
    struct stripes s = find_stripes(dram, tile);

    spread_bursts(dram, tile);
    opened = open_pages(dram, tile, &s);
    share_pages(dram, tile, &s, opened);
    dram->counters.activations += opened;
    dram->counters.row_hits += fmax(0.0, (double)tile->bursts - opened);
    for (int c = 0; c < dram->channels; c++) {
        struct ts_dram_channel *channel = &dram->channel[c];
        double start, lead = 0.0, done;

        if (channel->bursts <= 0.0)
            continue;
        if (opened > 0.0)
            lead = times->activate_read;
        channel->activate_free =
            fmax(now, channel->activate_free) + channel->activations * times->activate;
        channel->conflict_free = fmax(now, channel->conflict_free) + channel->conflict_cycles;
        done = take_bus(dram, channel, now, tile->is_write, one_group, &start);
        done = fmax(done, fmax(channel->activate_free, channel->conflict_free));
        if (!tile->is_write)
            done += lead + times->hit - times->burst_plain;
        begin = fmin(begin, start);
        first = fmin(first, start + (tile->is_write ? 0.0 : lead + times->hit));
        last = fmax(last, done);
    }
    return (struct ts_dram_reply){begin, fmin(first, last), last};
}

struct ts_dram_reply ts_dram_serve(struct ts_dram *dram, double now_cycles,
                                   const struct ts_dram_request *request)
{
    struct ts_dram_reply reply = {now_cycles, now_cycles, now_cycles};
    struct ts_dram_counters *counters = &dram->counters;
    double latency = dram->times->latency;
    struct tile tile;
    uint64_t bytes;

    if (request->rows <= 0 || request->row_bytes <= 0)
        return reply;
    tile = make_tile(request, dram->times->layout.burst_bytes);
    bytes = (uint64_t)request->rows * (uint64_t)request->row_bytes;
    dram->times->stamp++;
    reply = tile.bursts <= EXACT_BURSTS ? serve_small(dram, now_cycles, &tile)
                                        : serve_large(dram, now_cycles, &tile);
    reply.first_data_cycles += latency;
    reply.done_cycles += latency;
    counters->requests++;
    *(tile.is_write ? &counters->write_bytes : &counters->read_bytes) += bytes;
    *(tile.is_write ? &counters->write_bursts : &counters->read_bursts) += (uint64_t)tile.bursts;
    return reply;
}
