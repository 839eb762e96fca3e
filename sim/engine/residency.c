#include "sim/engine/residency.h"
#include "tessera/minmax.h"

#include <math.h>
#include <stddef.h>

const struct resident_tensor *residency_find(const struct residency *residency, int32_t tensor)
{
    for (int i = 0; i < residency->count; i++) {
        if (residency->entries[i].tensor == tensor) {
            return &residency->entries[i];
        }
    }
    return NULL;
}

void residency_begin(struct residency *residency)
{
    residency->touched_count = 0;
}

/* The phase's record of a tensor, made on first use; NULL when a phase touches too many. */
static struct touched_tensor *touch(struct residency *residency, int32_t tensor)
{
    for (int i = 0; i < residency->touched_count; i++) {
        if (residency->touched[i].tensor == tensor) {
            return &residency->touched[i];
        }
    }
    if (residency->touched_count == TS_TOUCHED_TENSORS) {
        return NULL;
    }
    struct touched_tensor *touched = &residency->touched[residency->touched_count++];
    const struct resident_tensor *earlier = residency_find(residency, tensor);
    *touched = (struct touched_tensor){.tensor = tensor};
    if (earlier) {
        touched->total_bytes = earlier->total_bytes;
        touched->resident_fraction = residency_fraction(residency, tensor);
    }
    return touched;
}

void residency_restart(struct residency *residency)
{
    for (int i = 0; i < residency->touched_count; i++) {
        residency->touched[i].read_bytes = residency->touched[i].written_bytes = 0;
    }
}

void residency_expect(struct residency *residency, int32_t tensor, double total_bytes)
{
    struct touched_tensor *touched = touch(residency, tensor);
    if (touched && touched->total_bytes <= 0) {
        touched->total_bytes = total_bytes;
    }
}

double residency_first_touch(struct residency *residency, int32_t tensor, double bytes)
{
    struct touched_tensor *touched = touch(residency, tensor);
    if (!touched) {
        return 0;
    }
    double fresh = bytes;
    if (touched->total_bytes > 0) {
        fresh = ts_min(bytes, touched->total_bytes - touched->read_bytes);
    }
    fresh = ts_max(fresh, 0);
    touched->read_bytes += fresh;
    return fresh * touched->resident_fraction;
}

void residency_written(struct residency *residency, int32_t tensor, double bytes)
{
    struct touched_tensor *touched = touch(residency, tensor);
    if (touched) {
        touched->written_bytes += bytes;
    }
}

static void remove_at(struct residency *residency, int index)
{
    for (int i = index; i + 1 < residency->count; i++) {
        residency->entries[i] = residency->entries[i + 1];
    }
    residency->count--;
}

/* Cuts the list, oldest last, to capacity; returns the dirty bytes that fell off. */
static double squeeze(struct residency *residency, double capacity_bytes)
{
    double left = capacity_bytes;
    double displaced = 0;
    for (int i = 0; i < residency->count; i++) {
        struct resident_tensor *entry = &residency->entries[i];
        double kept = ts_min(entry->bytes, left);
        double kept_dirty = ts_min(entry->dirty_bytes, kept);
        displaced += entry->dirty_bytes - kept_dirty;
        entry->bytes = kept;
        entry->dirty_bytes = kept_dirty;
        left -= kept;
    }
    while (residency->count > 0 && residency->entries[residency->count - 1].bytes <= 0) {
        residency->count--;
    }
    return displaced;
}

double residency_insert(struct residency *residency, struct resident_tensor tensor,
                        double capacity_bytes)
{
    double displaced = 0;
    for (int i = 0; i < residency->count; i++) {
        if (residency->entries[i].tensor == tensor.tensor) {
            remove_at(residency, i);
            break;
        }
    }
    if (residency->count == TS_RESIDENT_TENSORS) {
        displaced += residency->entries[--residency->count].dirty_bytes;
    }
    for (int i = residency->count; i > 0; i--) {
        residency->entries[i] = residency->entries[i - 1];
    }
    residency->entries[0] = tensor;
    residency->count++;
    return displaced + squeeze(residency, capacity_bytes);
}

double residency_fraction(const struct residency *residency, int32_t tensor)
{
    const struct resident_tensor *entry = residency_find(residency, tensor);
    if (!entry || entry->total_bytes <= 0) {
        return 0;
    }
    return ts_min(entry->bytes / entry->total_bytes, 1);
}

void residency_drop_scratch(struct residency *residency)
{
    for (int i = residency->count - 1; i >= 0; i--) {
        if (residency->entries[i].tensor < 0) {
            remove_at(residency, i);
        }
    }
}

void residency_drop(struct residency *residency, int32_t tensor)
{
    for (int i = 0; i < residency->count; i++) {
        if (residency->entries[i].tensor == tensor) {
            remove_at(residency, i);
            return;
        }
    }
}
