/* PATTERN of a memory:PATTERN workload. */
#include "tessera/dram.h"

#include <stdlib.h>
#include <string.h>

static const struct {
    const char *name;
    enum ts_dram_pattern pattern;
} patterns[] = {
    {"read", TS_DRAM_READ},
    {"write", TS_DRAM_WRITE},
    {"mix", TS_DRAM_MIX},
    {"random", TS_DRAM_RANDOM},
    {"same_bank", TS_DRAM_SAME_BANK},
    {"tile", TS_DRAM_TILE},
    {"idle_hit", TS_DRAM_IDLE_HIT},
    {"idle_random", TS_DRAM_IDLE_RANDOM},
};

static const char not_a_pattern[] =
    "a pattern is read, write, mix, random, same_bank, idle_hit, idle_random or "
    "tile,row_bytes=BYTES,pitch=BYTES";

enum { LARGEST_PITCH = 1 << 30 };

/* Reads ",key=NUMBER" at *text and moves past it; leaves *text alone when it is not there. */
static bool read_number(const char **text, const char *key, int64_t *value)
{
    size_t length = strlen(key);
    const char *digits;
    char *end;

    if (**text != ',' || strncmp(*text + 1, key, length) != 0 || (*text)[1 + length] != '=') {
        return false;
    }
    digits = *text + length + 2;
    if (*digits < '0' || *digits > '9') {
        return false;
    }
    *value = strtoll(digits, &end, 10);
    *text = end;
    return true;
}

static const char *read_tile(const char *text, struct ts_dram_probe *probe)
{
    bool rows = false, pitch = false;

    while (*text) {
        if (!rows && read_number(&text, "row_bytes", &probe->row_bytes)) {
            rows = true;
        } else if (!pitch && read_number(&text, "pitch", &probe->pitch_bytes)) {
            pitch = true;
        } else {
            return "a tile is written tile,row_bytes=BYTES,pitch=BYTES";
        }
    }
    if (!rows || !pitch) {
        return "a tile needs both row_bytes and pitch";
    }
    if (probe->row_bytes < 1 || probe->row_bytes > probe->pitch_bytes) {
        return "a tile's row_bytes must be from 1 to its pitch";
    }
    if (probe->pitch_bytes > LARGEST_PITCH) {
        return "a tile's pitch must be at most 1 GiB";
    }
    return NULL;
}

const char *ts_dram_probe_parse(const char *text, struct ts_dram_probe *probe)
{
    size_t length = strcspn(text, ",");

    memset(probe, 0, sizeof(*probe));
    probe->seed = 1;
    for (size_t i = 0; i < sizeof(patterns) / sizeof(patterns[0]); i++) {
        if (strlen(patterns[i].name) != length || strncmp(text, patterns[i].name, length) != 0) {
            continue;
        }
        probe->pattern = patterns[i].pattern;
        if (probe->pattern == TS_DRAM_TILE) {
            return read_tile(text + length, probe);
        }
        return text[length] == '\0' ? NULL : "only tile takes arguments";
    }
    return not_a_pattern;
}
