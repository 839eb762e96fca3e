/* Golden model of EIE's queues: every FIFO and every PE, clock by clock. */
#ifndef TESSERA_TESTS_SPARSE_QUEUE_GOLDEN_SUPPORT_H
#define TESSERA_TESTS_SPARSE_QUEUE_GOLDEN_SUPPORT_H

#include <stdint.h>

/* entries[column * pes + pe]; returns the first clock in which every PE is done. At most 64 PEs and
 * a depth of 64. */
long queue_golden_run(const uint16_t *entries, int columns, int pes, int depth);

#endif
