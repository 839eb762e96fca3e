/* Entries of one PE's share of a column: distribution and draws. */
#include "sim/compute/sparse/sparse.h"

#include <math.h>
#include <string.h>

uint64_t ts_sparse_random_next(struct ts_sparse_random *random)
{
    uint64_t z = random->state += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

double ts_sparse_random_uniform(struct ts_sparse_random *random)
{
    return (double)(ts_sparse_random_next(random) >> 11) * 0x1p-53;
}

/* last[j][w]: probability that row j holds the last non-zero so far and w entries lead up to it.
 * A non-zero `gap` zeros behind the one before takes 1 + floor(gap / 2^bits) entries: the padding
 * zeros stand on the 2^bits-th zero each. Zeros behind the last non-zero take nothing. */
struct walk {
    const double *densities;
    int rows;
    int reach; /* zeros one entry can skip, plus itself */
    double (*last)[TS_SPARSE_MAX_ROWS + 1];
};

/* Adds the chains whose last non-zero is in row `from` (−1: none yet) to those ending further down.
 */
static void extend(struct walk *walk, struct ts_sparse_entries *entries, int from)
{
    double zeros = 1; /* probability that the rows between are all zero */
    const int longest = from + 1;
    for (int row = from + 1; row < walk->rows && zeros > 1e-15; row++) {
        const double chance = zeros * walk->densities[row];
        const int taken = 1 + (row - from - 1) / walk->reach;
        if (from < 0) {
            walk->last[row][taken] += chance;
        } else {
            for (int w = 1; w <= longest; w++) {
                walk->last[row][w + taken] += chance * walk->last[from][w];
            }
        }
        zeros *= 1 - walk->densities[row];
    }
    if (from < 0) {
        entries->probability[0] = zeros;
        return;
    }
    for (int w = 1; w <= longest; w++) {
        entries->probability[w] += zeros * walk->last[from][w];
    }
}

static void build_alias(struct ts_sparse_entries *entries)
{
    double scaled[TS_SPARSE_MAX_ROWS + 1];
    uint16_t small[TS_SPARSE_MAX_ROWS + 1], large[TS_SPARSE_MAX_ROWS + 1];
    int small_count = 0, large_count = 0;
    double sum = 0;
    for (int i = 0; i < entries->values; i++) {
        sum += entries->probability[i];
    }
    for (int i = 0; i < entries->values; i++) {
        scaled[i] = entries->probability[i] / sum * entries->values;
        if (scaled[i] < 1) {
            small[small_count++] = (uint16_t)i;
        } else {
            large[large_count++] = (uint16_t)i;
        }
    }
    while (small_count > 0 && large_count > 0) {
        const uint16_t less = small[--small_count], more = large[large_count - 1];
        entries->threshold[less] = scaled[less];
        entries->alias[less] = more;
        scaled[more] -= 1 - scaled[less];
        if (scaled[more] < 1) {
            large_count--;
            small[small_count++] = more;
        }
    }
    while (large_count > 0) {
        entries->threshold[large[--large_count]] = 1;
    }
    while (small_count > 0) {
        entries->threshold[small[--small_count]] = 1;
    }
}

void ts_sparse_entries_build(struct ts_sparse_entries *entries, const double *densities, int rows,
                             int64_t index_bits, double (*scratch)[TS_SPARSE_MAX_ROWS + 1])
{
    struct walk walk = {densities, rows, 1 << index_bits, scratch};
    memset(entries, 0, sizeof(*entries));
    memset(scratch, 0, (size_t)rows * sizeof(scratch[0]));
    entries->values = rows + 1;
    for (int from = -1; from < rows; from++) {
        extend(&walk, entries, from);
    }
    for (int w = 0; w < entries->values; w++) {
        entries->mean += w * entries->probability[w];
    }
    for (int row = 0; row < rows; row++) {
        entries->mean_nonzeros += densities[row];
    }
    build_alias(entries);
}

int ts_sparse_entries_draw(const struct ts_sparse_entries *entries, struct ts_sparse_random *random)
{
    const uint64_t bits = ts_sparse_random_next(random);
    const uint64_t scaled = (bits >> 32) * (uint64_t)entries->values;
    const int column = (int)(scaled >> 32);
    const double fraction = (double)(bits & UINT32_MAX) * 0x1p-32;
    return fraction < entries->threshold[column] ? column : entries->alias[column];
}
