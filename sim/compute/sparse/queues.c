/* Activation queues: the recurrence of sparse.h, O(PEs) a column. */
#include "sim/compute/sparse/sparse.h"

#include <string.h>

void ts_sparse_queues_init(struct ts_sparse_queues *queues, int64_t pes, int64_t depth,
                           int64_t start, struct ts_arena *arena)
{
    queues->pes = pes;
    queues->depth = depth;
    queues->last_finish = TS_NEW_ARRAY(arena, pes, int64_t);
    queues->slot_free = TS_NEW_ARRAY(arena, depth, int64_t);
    ts_sparse_queues_restart(queues, start);
}

void ts_sparse_queues_restart(struct ts_sparse_queues *queues, int64_t start)
{
    queues->columns = 0;
    queues->broadcast = start - 1;
    for (int64_t p = 0; p < queues->pes; p++) {
        queues->last_finish[p] = start;
    }
    for (int64_t s = 0; s < queues->depth; s++) {
        queues->slot_free[s] = start;
    }
}

void ts_sparse_queues_push(struct ts_sparse_queues *queues, const uint16_t *entries)
{
    /* The column takes the slot of the one `depth` before it. */
    int64_t *slot = &queues->slot_free[queues->columns % queues->depth];
    int64_t broadcast = queues->broadcast + 1;
    broadcast = *slot > broadcast ? *slot : broadcast;
    int64_t latest = 0;
    int64_t *finish = queues->last_finish;
    for (int64_t p = 0; p < queues->pes; p++) {
        const int64_t start = finish[p] > broadcast + 1 ? finish[p] : broadcast + 1;
        finish[p] = start + (entries[p] > 1 ? entries[p] : 1);
        latest = finish[p] > latest ? finish[p] : latest;
    }
    *slot = latest;
    queues->broadcast = broadcast;
    queues->columns++;
}

int64_t ts_sparse_queues_finish(const struct ts_sparse_queues *queues)
{
    int64_t latest = 0;
    for (int64_t p = 0; p < queues->pes; p++) {
        latest = queues->last_finish[p] > latest ? queues->last_finish[p] : latest;
    }
    return latest;
}
