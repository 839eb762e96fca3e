/* 64-bit FNV-1a, for configuration hashes and look-up keys. Not for secrets. */
#ifndef TESSERA_HASH_H
#define TESSERA_HASH_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define TS_HASH_INIT UINT64_C(0xcbf29ce484222325)

/* Continues `hash` over `size` bytes; start with TS_HASH_INIT. */
uint64_t ts_hash_bytes(uint64_t hash, const void *data, size_t size);
uint64_t ts_hash_text(uint64_t hash, const char *text);
uint64_t ts_hash_double(uint64_t hash, double value);
uint64_t ts_hash_integer(uint64_t hash, int64_t value);

#ifdef __cplusplus
}
#endif
#endif
