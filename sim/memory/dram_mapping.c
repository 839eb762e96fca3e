/* Address mapping: which channel, rank, bank and row a byte lives in. */
#include "tessera/dram.h"

#include <string.h>

static int log2_exact(int64_t value)
{
    int bits = 0;

    if (value <= 0 || (value & (value - 1)) != 0) {
        return -1;
    }
    while ((INT64_C(1) << bits) < value) {
        bits++;
    }
    return bits;
}

struct field {
    const char *token;
    int64_t count;
    int low, bits;
};

enum { FIELD_ROW, FIELD_RANK, FIELD_BANK, FIELD_GROUP, FIELD_COLUMN, FIELD_CHANNEL, FIELD_COUNT };

static const char *place_fields(struct field field[FIELD_COUNT], const char *order, int first_bit)
{
    bool placed[FIELD_COUNT] = {false};
    int low = first_bit;

    if (strlen(order) != 2 * FIELD_COUNT) {
        return "address_mapping must name six fields of two letters: ro ra ba bg co ch";
    }
    for (int position = FIELD_COUNT - 1; position >= 0; position--) {
        int which = 0;

        while (which < FIELD_COUNT && strncmp(order + 2 * position, field[which].token, 2) != 0) {
            which++;
        }
        if (which == FIELD_COUNT) {
            return "address_mapping has a field other than ro ra ba bg co ch";
        }
        if (placed[which]) {
            return "address_mapping names a field twice";
        }
        placed[which] = true;
        field[which].low = low;
        low += field[which].bits;
    }
    return NULL;
}

const char *ts_dram_mapping_init(struct ts_dram_mapping *mapping, const struct ts_dram_spec *spec)
{
    int64_t burst_bytes = ts_dram_burst_bytes(spec);
    struct field field[FIELD_COUNT] = {
        [FIELD_ROW] = {"ro", spec->rows, 0, 0},
        [FIELD_RANK] = {"ra", spec->ranks, 0, 0},
        [FIELD_BANK] = {"ba", spec->banks_per_group, 0, 0},
        [FIELD_GROUP] = {"bg", spec->bank_groups, 0, 0},
        [FIELD_COLUMN] = {"co", burst_bytes > 0 ? spec->page_bytes / burst_bytes : 0, 0, 0},
        [FIELD_CHANNEL] = {"ch", spec->channels, 0, 0},
    };
    int low_bits = log2_exact(spec->interleave_bursts > 0 ? spec->interleave_bursts : 1);
    const char *wrong;

    memset(mapping, 0, sizeof(*mapping));
    mapping->burst_shift = log2_exact(burst_bytes);
    if (mapping->burst_shift < 0) {
        return "a burst (bus_width_bits/8 * burst_length) must be a power of two of bytes";
    }
    for (int i = 0; i < FIELD_COUNT; i++) {
        field[i].bits = log2_exact(field[i].count);
        if (field[i].bits < 0) {
            return "channels, ranks, bank groups, banks, rows and bursts per page must be powers "
                   "of two";
        }
    }
    if (low_bits < 0 || low_bits > field[FIELD_COLUMN].bits) {
        return "interleave_bursts must be a power of two and at most the bursts of a page";
    }
    field[FIELD_COLUMN].bits -= low_bits;
    wrong = place_fields(field, spec->address_mapping ? spec->address_mapping : "", low_bits);
    if (wrong) {
        return wrong;
    }
#define PLACE(member, which)                                                                       \
    mapping->member.low = field[which].low;                                                        \
    mapping->member.bits = field[which].bits
    PLACE(channel, FIELD_CHANNEL);
    PLACE(rank, FIELD_RANK);
    PLACE(bank_group, FIELD_GROUP);
    PLACE(bank, FIELD_BANK);
    PLACE(row, FIELD_ROW);
    PLACE(column, FIELD_COLUMN);
#undef PLACE
    mapping->column_low.low = 0;
    mapping->column_low.bits = low_bits;
    return NULL;
}

static int64_t bits_of(uint64_t burst, int low, int bits)
{
    return (int64_t)((burst >> low) & ((UINT64_C(1) << bits) - 1));
}

struct ts_dram_address ts_dram_map(const struct ts_dram_mapping *mapping, uint64_t address)
{
    uint64_t burst = address >> mapping->burst_shift;
    struct ts_dram_address at;

    at.channel = bits_of(burst, mapping->channel.low, mapping->channel.bits);
    at.rank = bits_of(burst, mapping->rank.low, mapping->rank.bits);
    at.bank_group = bits_of(burst, mapping->bank_group.low, mapping->bank_group.bits);
    at.bank = bits_of(burst, mapping->bank.low, mapping->bank.bits);
    at.row = bits_of(burst, mapping->row.low, mapping->row.bits);
    at.column =
        (bits_of(burst, mapping->column.low, mapping->column.bits) << mapping->column_low.bits) |
        bits_of(burst, mapping->column_low.low, mapping->column_low.bits);
    return at;
}
