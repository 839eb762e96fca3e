/* Runs a workload on a machine through the same path as the command line. */
#ifndef TESSERA_TESTS_MACHINE_SUPPORT_H
#define TESSERA_TESTS_MACHINE_SUPPORT_H

#include "tessera/job.h"

/* One representative of each family that runs every operator. */
extern const char *const representative_machines[];
extern const int representative_machine_count;

/* A simulation with `options` as on the command line ("-p fp16 -s power.limit_w=100"). The result's
 * memory is in `arena`; NULL (and the diagnostics on stderr) when it failed. */
struct ts_result *run_machine(const char *arch, const char *workload, const char *options,
                              struct ts_arena *arena);

/* The same, only the latency; 0 when it failed. */
double latency_of(const char *arch, const char *workload, const char *options);

/* The last shared cache's row, NULL when the machine has none. */
const struct ts_memory_result *memory_row(const struct ts_result *result, const char *level);

#endif
