/* DRAM devices for tests, written out so that no file is needed. */
#ifndef TESSERA_TESTS_DRAM_SUPPORT_H
#define TESSERA_TESTS_DRAM_SUPPORT_H

#include "tessera/dram.h"

/* HBM2 stack: 8 channels of 32 GB/s, one rank, consecutive bursts in other channels. */
struct ts_dram_spec hbm2_stack(void);
/* DDR4-2400 module: one channel of 19.28 GB/s, two ranks. */
struct ts_dram_spec ddr4_module(void);

/* Bytes a nanosecond that `pattern` reaches, and the peak. */
double probe_gbps(const struct ts_dram_spec *spec, const char *pattern);
double probe_latency_ns(const struct ts_dram_spec *spec, const char *pattern);

/* GB/s of back-to-back tiles of `bytes`, 16 in flight, every `write_every`-th a write (0: none). */
double served_gbps(const struct ts_dram_spec *spec, const struct ts_dram_config *config,
                   int64_t bytes, int write_every);

#endif
