/* Memo: networks repeat layers; each distinct one is simulated once. Two kernels are the same when
 * everything that decides their time is: shape, formats, densities, and how much of each operand
 * the shared cache holds when they start. */
#include "sim/engine/run.h"
#include "tessera/hash.h"

#include <math.h>

struct memo_entry {
    uint64_t key;
    const struct kernel_outcome *outcome;
};

struct memo {
    struct memo_entry *entries;
    uint64_t mask;
};

/* States of the cache that differ by less than this share of it are taken as one. */
enum { CACHE_STATE_LEVELS = 64 };

static double level(double share)
{
    return round(share * CACHE_STATE_LEVELS);
}

/* Dirty data of earlier kernels that this one displaces, in shares of the cache. */
static double pending_level(const struct machine *machine)
{
    if (!machine->has_cache || machine->cache.capacity_bytes <= 0) {
        return 0;
    }
    return level(machine->pending_writeback_bytes / (double)machine->cache.capacity_bytes);
}

static uint64_t hash_operand(uint64_t hash, const struct ts_operand *operand,
                             const struct machine *machine)
{
    hash = ts_hash_integer(hash, operand->is_weight);
    hash = ts_hash_integer(hash, operand->is_network_io);
    hash = ts_hash_integer(hash, operand->precision);
    hash = ts_hash_double(hash, operand->elements);
    hash = ts_hash_double(hash, operand->density);
    hash = ts_hash_double(hash, operand->bits_per_element);
    hash = ts_hash_integer(hash, operand->tensor >= 0);
    return ts_hash_double(hash, level(residency_fraction(&machine->residency, operand->tensor)));
}

static uint64_t hash_conv(uint64_t hash, const struct ts_conv_shape *conv)
{
    const int64_t fields[] = {
        conv->n,     conv->c,          conv->h,          conv->w,
        conv->k,     conv->r,          conv->s,          conv->p,
        conv->q,     conv->stride_h,   conv->stride_w,   conv->pad_h,
        conv->pad_w, conv->dilation_h, conv->dilation_w, conv->groups,
    };
    return ts_hash_bytes(hash, fields, sizeof fields);
}

/* Operands that are the same tensor (a squared input) are one footprint. */
static uint64_t hash_sharing(uint64_t hash, const struct ts_kernel *kernel)
{
    hash = ts_hash_integer(hash, kernel->a.tensor == kernel->b.tensor);
    hash = ts_hash_integer(hash, kernel->a.tensor == kernel->c.tensor);
    for (int i = 0; i < kernel->input_count; i++) {
        hash = ts_hash_integer(hash, kernel->inputs[i].tensor == kernel->output.tensor);
    }
    return hash;
}

uint64_t memo_key(const struct ts_kernel *kernel, const struct machine *machine)
{
    uint64_t hash = ts_hash_text(TS_HASH_INIT, kernel->op);
    const int64_t integers[] = {
        kernel->kind,
        kernel->pass,
        kernel->precision,
        kernel->batch,
        kernel->m,
        kernel->n,
        kernel->k,
        kernel->b_is_transposed,
        kernel->a_is_transposed,
        kernel->layout_is_open,
        kernel->has_conv,
        kernel->structured_2_4,
        kernel->winograd,
        kernel->vector_class,
        kernel->input_count,
    };
    const double reals[] = {
        kernel->epilogue_ops_per_output,
        kernel->elements,
        kernel->ops_per_element,
        kernel->row_elements,
        kernel->macs,
        kernel->effective_macs,
        pending_level(machine),
        kernel->network_parameters,
    };
    hash = ts_hash_bytes(hash, integers, sizeof integers);
    hash = ts_hash_bytes(hash, reals, sizeof reals);
    if (kernel->has_conv) {
        hash = hash_conv(hash, &kernel->conv);
    }
    hash = hash_sharing(hash, kernel);
    hash = hash_operand(hash, &kernel->a, machine);
    hash = hash_operand(hash, &kernel->b, machine);
    hash = hash_operand(hash, &kernel->c, machine);
    for (int i = 0; i < kernel->input_count; i++) {
        hash = hash_operand(hash, &kernel->inputs[i], machine);
    }
    hash = hash_operand(hash, &kernel->output, machine);
    return hash ? hash : 1;
}

struct memo *memo_new(struct ts_arena *arena, int kernel_count)
{
    uint64_t slots = 16;
    while (slots < 2 * (uint64_t)kernel_count) {
        slots *= 2;
    }
    struct memo *memo = TS_NEW(arena, struct memo);
    memo->entries = TS_NEW_ARRAY(arena, slots, struct memo_entry);
    memo->mask = slots - 1;
    return memo;
}

static struct memo_entry *probe(const struct memo *memo, uint64_t key)
{
    uint64_t i = key & memo->mask;
    while (memo->entries[i].key != 0 && memo->entries[i].key != key) {
        i = (i + 1) & memo->mask;
    }
    return &memo->entries[i];
}

const struct kernel_outcome *memo_find(const struct memo *memo, uint64_t key)
{
    const struct memo_entry *entry = probe(memo, key);
    return entry->key ? entry->outcome : NULL;
}

void memo_add(struct memo *memo, uint64_t key, const struct kernel_outcome *outcome)
{
    *probe(memo, key) = (struct memo_entry){key, outcome};
}
