#include "tessera/hash.h"

#include <string.h>

uint64_t ts_hash_bytes(uint64_t hash, const void *data, size_t size)
{
    const unsigned char *bytes = data;
    for (size_t i = 0; i < size; i++) {
        hash = (hash ^ bytes[i]) * UINT64_C(0x100000001b3);
    }
    return hash;
}

uint64_t ts_hash_text(uint64_t hash, const char *text)
{
    /* The end mark keeps ("ab", "c") apart from ("a", "bc"). */
    return ts_hash_bytes(hash, text, strlen(text) + 1);
}

uint64_t ts_hash_double(uint64_t hash, double value)
{
    double canonical = value == 0 ? 0 : value; /* -0 hashes as 0 */
    return ts_hash_bytes(hash, &canonical, sizeof canonical);
}

uint64_t ts_hash_integer(uint64_t hash, int64_t value)
{
    return ts_hash_bytes(hash, &value, sizeof value);
}
