/* Liveness: which tensors of a network nobody reads any more.
 *
 * A scratchpad is managed by the compiler, which knows: their room is free, and what they hold is
 * never written to DRAM. A cache does not know, and keeps and writes back what it holds.
 */
#ifndef TESSERA_SIM_ENGINE_LIVENESS_H
#define TESSERA_SIM_ENGINE_LIVENESS_H

#include "sim/engine/run.h"

#ifdef __cplusplus
extern "C" {
#endif

/* By tensor, the last kernel that reads it; -1 when none does. NULL when the machine's shared level
 * is no scratchpad, or the program is one that is run over and over. */
const int *liveness_last_readers(const struct run *run);

/* Forgets what kernel `index` was the last to read. */
void liveness_drop_dead(struct run *run, const int *last_readers, int index);

#ifdef __cplusplus
}
#endif
#endif
