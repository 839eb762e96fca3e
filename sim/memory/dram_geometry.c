/* Geometry of a tile: its bursts over channels, its pages over banks, in closed form. */
#include "dram_internal.h"
#include "tessera/minmax.h"

#include <math.h>

enum { STRIPES_CHECKED = 32 }; /* of a tile's stripes; earlier ones count as not open */

static int64_t units_spanned(uint64_t base, int64_t bytes, int64_t unit)
{
    return (int64_t)((base % (uint64_t)unit + (uint64_t)bytes + (uint64_t)unit - 1) /
                     (uint64_t)unit);
}

struct ts_dram_tile ts_dram_make_tile(const struct ts_dram_request *request, int64_t burst_bytes)
{
    struct ts_dram_tile tile = {
        request->base,    request->rows, request->row_bytes, request->pitch_bytes, 0, 0,
        request->is_write};
    int64_t span;

    if (tile.rows > 1 && tile.pitch <= tile.row_bytes) {
        tile.row_bytes *= tile.rows;
        tile.rows = 1;
    }
    if (tile.rows == 1) {
        tile.pitch = tile.row_bytes;
    }
    tile.row_bursts = units_spanned(tile.base, tile.row_bytes, burst_bytes);
    tile.bursts = tile.rows * tile.row_bursts;
    span = units_spanned(tile.base, (tile.rows - 1) * tile.pitch + tile.row_bytes, burst_bytes);
    if (tile.bursts > span) {
        tile.bursts = span; /* rows that share bursts */
    }
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
int ts_dram_channel_of(const struct ts_dram *dram, uint64_t granule)
{
    uint64_t channels = (uint64_t)dram->channels;
    uint64_t rotation = dram->config.address_hash ? mix(granule / channels) : 0;

    return (int)((granule % channels + rotation % channels) % channels);
}

int64_t ts_dram_set_of(const struct ts_dram *dram, int64_t stripe)
{
    int64_t sets = dram->times->layout.sets;
    uint64_t rotation = dram->config.address_hash ? mix((uint64_t)(stripe / sets)) : 0;

    return (int64_t)(((uint64_t)(stripe % sets) + rotation % (uint64_t)sets) % (uint64_t)sets);
}

static int64_t greatest_common_divisor(int64_t a, int64_t b)
{
    while (b != 0) {
        int64_t rest = a % b;

        a = b;
        b = rest;
    }
    return a;
}

static struct ts_dram_spread spread_evenly(const struct ts_dram *dram,
                                           const struct ts_dram_tile *tile, int64_t granules)
{
    int64_t channels = dram->channels, each = granules / channels, extra = granules % channels;
    uint64_t first = tile->base / (uint64_t)dram->times->layout.granule_bytes;
    int start = ts_dram_channel_of(dram, first), end = start + (int)extra;
    int wrapped = end > dram->channels ? end - dram->channels : 0;
    double bursts = (double)tile->bursts / (double)granules;
    double less = bursts * (double)each, more = bursts * (double)(each + 1);

    return (struct ts_dram_spread){
        .run = {{wrapped, more}, {start, less}, {end - wrapped, more}, {dram->channels, less}},
    };
}

/* Rows whose starts repeat over few channels: windows of granules, summed by differences. */
static void spread_windows(struct ts_dram *dram, const struct ts_dram_tile *tile,
                           int64_t row_granules)
{
    int64_t channels = dram->channels, granule = dram->times->layout.granule_bytes;
    int64_t shift = tile->pitch / granule % channels;
    int64_t period = channels / greatest_common_divisor(shift, channels);
    int64_t starts = tile->rows < period ? tile->rows : period, window = row_granules % channels;
    double bursts = (double)tile->bursts / (double)(tile->rows * row_granules), level;
    int64_t at = (int64_t)(tile->base / (uint64_t)granule % (uint64_t)channels);

    level = bursts * (double)(tile->rows * (row_granules / channels));
    for (int64_t c = 0; c < channels; c++) {
        dram->channel[c].bursts = 0.0;
    }
    for (int64_t s = 0; s < starts && window > 0; s++, at = (at + shift) % channels) {
        double weight = bursts * (double)(tile->rows / starts + (s < tile->rows % starts ? 1 : 0));
        int64_t end = at + window;

        dram->channel[at].bursts += weight;
        if (end > channels) {
            level += weight;
        }
        if (end != channels) {
            dram->channel[end % channels].bursts -= weight;
        }
    }
    for (int64_t c = 0; c < channels; c++) {
        level += dram->channel[c].bursts;
        dram->channel[c].bursts = level > 1e-9 ? level : 0.0;
    }
}

struct ts_dram_spread ts_dram_spread_bursts(struct ts_dram *dram, const struct ts_dram_tile *tile)
{
    int64_t granule = dram->times->layout.granule_bytes;
    int64_t row_granules = units_spanned(tile->base, tile->row_bytes, granule);
    int64_t span =
        units_spanned(tile->base, (tile->rows - 1) * tile->pitch + tile->row_bytes, granule);
    int64_t granules = tile->rows * row_granules < span ? tile->rows * row_granules : span;

    if (tile->rows == 1 || dram->config.address_hash || tile->pitch % granule != 0) {
        return spread_evenly(dram, tile, granules);
    }
    spread_windows(dram, tile, row_granules);
    return (struct ts_dram_spread){.by_channel = true};
}

double ts_dram_next_run(const struct ts_dram *dram, const struct ts_dram_spread *spread, int first,
                        int *end)
{
    const struct ts_dram_channel *channel = dram->channel;

    if (!spread->by_channel) {
        int r = 0;

        while (spread->run[r].end <= first) {
            r++;
        }
        *end = spread->run[r].end;
        return spread->run[r].bursts;
    }
    *end = first + 1;
    while (*end < dram->channels && channel[*end].bursts == channel[first].bursts) {
        ++*end;
    }
    return channel[first].bursts;
}

struct ts_dram_stripes ts_dram_find_stripes(const struct ts_dram *dram,
                                            const struct ts_dram_tile *tile)
{
    const struct ts_dram_layout *layout = &dram->times->layout;
    struct ts_dram_stripes s = {layout->stripe_bytes * dram->channels, 0, 0, false, 0};

    s.apart = tile->rows > 1 && tile->pitch >= s.bytes;
    s.row_stripes = units_spanned(tile->base, tile->row_bytes, s.bytes);
    if (s.apart) {
        s.count = tile->rows * s.row_stripes;
    } else {
        s.count =
            units_spanned(tile->base, (tile->rows - 1) * tile->pitch + tile->row_bytes, s.bytes);
    }
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
 * Pages of one stripe that the tile touches, over all channels: a row opens one for each run of
 * bursts that share a page. Rows whose pitch is a whole number of turns through the bank groups
 * touch the same groups again and again, unless bits are hashed.
 */
static double pages_touched(const struct ts_dram *dram, const struct ts_dram_tile *tile,
                            const struct ts_dram_stripes *s)
{
    const struct ts_dram_layout *layout = &dram->times->layout;
    int64_t turn = layout->groups * layout->run_bursts * layout->burst_bytes * dram->channels;
    double run =
        ts_min((double)layout->run_bursts, (double)(layout->granule_bytes / layout->burst_bytes));
    double touched, shared = ts_min(run, (double)tile->row_bursts);

    touched = ts_max(1.0, (double)tile->bursts / shared / (double)s->count);
    if (tile->rows > 1 && tile->pitch % turn == 0 && !dram->config.address_hash) {
        touched = ts_min(touched, (double)tile->row_bursts / run);
    }
    return ts_min(touched, (double)(layout->groups * dram->channels));
}

double ts_dram_open_pages(struct ts_dram *dram, const struct ts_dram_tile *tile,
                          const struct ts_dram_stripes *s)
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

        if (s->apart) {
            address += (uint64_t)(i / s->row_stripes * tile->pitch);
        }
        stripe = (int64_t)(address / (uint64_t)s->bytes) + (s->apart ? i % s->row_stripes : i);
        set = &times->set[ts_dram_set_of(dram, stripe)];
        row = stripe / times->layout.sets;
        if (set->row != row) {
            *set = (struct ts_dram_set){.row = row};
        }
        fresh = ts_min(touched, all - set->pages);
        set->pages += fresh;
        set->stamp = times->stamp;
        opened += fresh;
    }
    return opened;
}

struct ts_dram_share ts_dram_share_of(const struct ts_dram *dram, const struct ts_dram_tile *tile,
                                      const struct ts_dram_stripes *s, double opened, double bursts)
{
    const struct ts_dram_times *times = dram->times;
    /* Hashed, the stripes of a bank set have their pages in different groups. */
    int64_t apart = dram->config.address_hash ? s->sets_used : s->count;
    double groups = ts_min((double)times->layout.groups, ts_max(1.0, bursts / (double)apart));
    double activations = opened * (bursts / (double)tile->bursts);
    double waiting = ts_max(0.0, activations / ((double)s->sets_used * groups) - 1.0);

    return (struct ts_dram_share){
        .bursts = bursts,
        .activate_cycles = activations * times->activate,
        .conflict_cycles = waiting * times->row_cycle,
        .exposed_cycles = s->sets_used == 1 ? waiting * times->row_change : 0.0,
    };
}
