/* Serves one tile: spreads it over channels, then lets the channels serve their parts. */
#include "dram_internal.h"
#include "tessera/minmax.h"

#include <math.h>

enum {
    EXACT_BURSTS = 16,     /* tiles up to here are mapped burst by burst */
    READS_REMEMBERED = 16, /* drains */
};

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
    int64_t set = ts_dram_set_of(dram, stripe), row = stripe / layout->sets;
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
    channel->activate_free = ts_max(now, channel->activate_free);
    start = ts_max(channel->activate_free, bank->ready_cycles);
    channel->activate_free += times->activate;
    bank->ready_cycles = start + times->row_cycle;
    return start + times->activate_read + (open != TS_DRAM_NO_ROW ? times->precharge : 0.0);
}

/*
 * Write drains: writes that had reads before them pay their share of a turnaround. A long run of
 * writes alone pays for READS_REMEMBERED drains, then no more.
 */
static double turnaround_time(struct ts_dram *dram, struct ts_dram_channel *channel, double bursts,
                              bool is_write)
{
    double drain = dram->times->drain_bursts, share;

    if (!is_write) {
        channel->reads_since_drain =
            ts_min(channel->reads_since_drain + bursts, READS_REMEMBERED * drain);
        return 0.0;
    }
    share = ts_min(bursts, channel->reads_since_drain) / drain;
    channel->reads_since_drain -= share * drain;
    dram->counters.turnarounds += share;
    return share * dram->times->turnaround;
}

/* How long the bus is held for bursts, turnarounds and rows in the way. */
static double held_cycles(const struct ts_dram *dram, double bursts, double burst_cycles,
                          double waiting_cycles)
{
    return ts_max(bursts * burst_cycles + waiting_cycles, bursts * dram->times->burst_least);
}

static void count_bus(struct ts_dram *dram, double bursts, double held)
{
    double busy = bursts * dram->times->burst_plain;

    dram->counters.busy_cycles += busy;
    dram->counters.stall_cycles += held - busy;
}

static void serve_burst(struct ts_dram *dram, double now, uint64_t address, bool is_write,
                        struct ts_dram_reply *reply)
{
    const struct ts_dram_times *times = dram->times;
    uint64_t granule = address / (uint64_t)times->layout.granule_bytes;
    struct ts_dram_channel *channel = &dram->channel[ts_dram_channel_of(dram, granule)];
    double ready = open_page(dram, channel, address, now);
    double turn = turnaround_time(dram, channel, 1.0, is_write);
    double held = held_cycles(dram, 1.0, times->burst_scattered, turn);
    double start = ts_max(now, channel->bus_free), done = start + held;

    channel->bus_free = done;
    count_bus(dram, 1.0, held);
    if (!is_write) {
        done = ts_max(done, ready + times->burst_plain) + times->hit - times->burst_plain;
    }
    reply->start_cycles = ts_min(reply->start_cycles, start);
    reply->first_data_cycles = ts_min(reply->first_data_cycles, done);
    reply->done_cycles = ts_max(reply->done_cycles, done);
}

static struct ts_dram_reply serve_small(struct ts_dram *dram, double now,
                                        const struct ts_dram_tile *tile)
{
    uint64_t burst_bytes = (uint64_t)dram->times->layout.burst_bytes;
    struct ts_dram_reply reply = {HUGE_VAL, HUGE_VAL, now};
    uint64_t served_to = 0; /* rows closer than a burst share one */

    for (int64_t r = 0; r < tile->rows; r++) {
        uint64_t address = tile->base + (uint64_t)(r * tile->pitch);
        uint64_t end = address + (uint64_t)tile->row_bytes;

        address -= address % burst_bytes;
        if (r > 0 && address < served_to) {
            address = served_to;
        }
        for (; address < end; address += burst_bytes) {
            serve_burst(dram, now, address, tile->is_write, &reply);
        }
        served_to = address;
    }
    return reply;
}

/* ------------------------------------------------------------------ large tiles, in closed form */

/*
 * Requests that meet at random on their way to the channels stand in each other's way: behind
 * first-in first-out inputs that many queues saturate at 2 - sqrt(2) of their rate (Karol, Hluchyj
 * and Morgan, IEEE Transactions on Communications 35, 1987).
 */
#define RANDOM_SHARE 0.586

/*
 * Short rows a pitch apart: hashed bits send those whose pitch is a power of two to one channel and
 * bank after the other, all others to any. DeepBench's products with k contiguous run 1.75 times as
 * fast with a k of 2048 and 4096 as with 1760 to 2816 (Titan X, V100).
 */
static bool meets_at_random(const struct ts_dram *dram, const struct ts_dram_tile *tile)
{
    return dram->config.address_hash && tile->rows > 1 &&
           tile->row_bytes <= dram->times->layout.granule_bytes &&
           (tile->pitch & (tile->pitch - 1)) != 0;
}

/* What the channels do for a tile, from the first to begin to the last to end. */
struct service {
    double now_cycles, burst_cycles;
    bool is_write;
    double begin_cycles, end_cycles;
    double bursts, held_cycles;
};

/* Channels from `first` up to `end` do their `share`. */
static void serve_run(struct ts_dram *dram, int first, int end, const struct ts_dram_share *share,
                      struct service *service)
{
    double now = service->now_cycles, begin = service->begin_cycles, last = service->end_cycles;
    double plain = held_cycles(dram, share->bursts, service->burst_cycles, share->exposed_cycles);

    for (int c = first; c < end; c++) {
        struct ts_dram_channel *channel = &dram->channel[c];
        double turn = turnaround_time(dram, channel, share->bursts, service->is_write);
        double start = ts_max(now, channel->bus_free), held = plain;

        if (turn > 0.0) {
            held = held_cycles(dram, share->bursts, service->burst_cycles,
                               turn + share->exposed_cycles);
        }
        channel->bus_free = start + held;
        channel->activate_free = ts_max(now, channel->activate_free) + share->activate_cycles;
        channel->conflict_free = ts_max(now, channel->conflict_free) + share->conflict_cycles;
        service->held_cycles += held;
        begin = ts_min(begin, start);
        last = ts_max(last, ts_max(channel->bus_free,
                                   ts_max(channel->activate_free, channel->conflict_free)));
    }
    service->begin_cycles = begin;
    service->end_cycles = last;
    service->bursts += share->bursts * (double)(end - first);
}

static struct ts_dram_reply serve_large(struct ts_dram *dram, double now,
                                        const struct ts_dram_tile *tile)
{
    const struct ts_dram_times *times = dram->times;
    bool one_group = times->layout.run_bursts >= dram->spec->read_queue;
    double pace = meets_at_random(dram, tile) ? RANDOM_SHARE : 1.0;
    struct ts_dram_stripes stripes = ts_dram_find_stripes(dram, tile);
    struct ts_dram_spread spread = ts_dram_spread_bursts(dram, tile);
    double opened = ts_dram_open_pages(dram, tile, &stripes);
    double lead = opened > 0.0 ? times->activate_read : 0.0;
    double to_data = tile->is_write ? 0.0 : lead + times->hit;
    struct service service = {
        .now_cycles = now,
        .burst_cycles = (one_group ? times->burst_group : times->burst) / pace,
        .is_write = tile->is_write,
        .begin_cycles = HUGE_VAL,
        .end_cycles = now,
    };

    dram->counters.activations += opened;
    dram->counters.row_hits += ts_max(0.0, (double)tile->bursts - opened);
    for (int c = 0, end; c < dram->channels; c = end) {
        double bursts = ts_dram_next_run(dram, &spread, c, &end);
        struct ts_dram_share share = ts_dram_share_of(dram, tile, &stripes, opened, bursts);

        share.activate_cycles /= pace;
        share.conflict_cycles /= pace;
        if (bursts > 0.0) {
            serve_run(dram, c, end, &share, &service);
        }
    }
    count_bus(dram, service.bursts, service.held_cycles);
    if (!tile->is_write) {
        service.end_cycles += to_data - times->burst_plain;
    }
    return (struct ts_dram_reply){
        service.begin_cycles,
        ts_min(service.begin_cycles + to_data, service.end_cycles),
        service.end_cycles,
    };
}

struct ts_dram_reply ts_dram_serve(struct ts_dram *dram, double now_cycles,
                                   const struct ts_dram_request *request)
{
    struct ts_dram_reply reply = {now_cycles, now_cycles, now_cycles};
    struct ts_dram_counters *counters = &dram->counters;
    double latency = dram->times->latency;
    struct ts_dram_tile tile;
    uint64_t bytes;

    if (request->rows <= 0 || request->row_bytes <= 0) {
        return reply;
    }
    tile = ts_dram_make_tile(request, dram->times->layout.burst_bytes);
    bytes = (uint64_t)request->rows * (uint64_t)request->row_bytes;
    dram->times->stamp++;
    reply = tile.bursts <= EXACT_BURSTS ? serve_small(dram, now_cycles, &tile)
                                        : serve_large(dram, now_cycles, &tile);
    reply.first_data_cycles += latency;
    reply.done_cycles += latency;
    counters->requests++;
    *(tile.is_write ? &counters->write_bytes : &counters->read_bytes) += bytes;
    counters->check_bursts += (double)tile.bursts * dram->times->check_share;
    *(tile.is_write ? &counters->write_bursts : &counters->read_bursts) += (uint64_t)tile.bursts;
    return reply;
}

double ts_dram_channel_free_cycles(const struct ts_dram *dram, int channel)
{
    return dram->channel[channel].bus_free;
}

double ts_dram_backlog_cycles(const struct ts_dram *dram, double now_cycles)
{
    double sum = 0.0;

    for (int c = 0; c < dram->channels; c++) {
        sum += ts_max(dram->channel[c].bus_free - now_cycles, 0.0);
    }
    return sum / dram->channels;
}

void ts_dram_delay(struct ts_dram *dram, double now_cycles, double cycles)
{
    for (int c = 0; c < dram->channels; c++) {
        double free_cycles = ts_max(dram->channel[c].bus_free, now_cycles) + cycles;

        if (free_cycles > now_cycles) {
            dram->channel[c].bus_free = free_cycles;
        }
    }
}
