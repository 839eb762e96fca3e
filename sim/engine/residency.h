/* Residency: which tensors the shared cache holds between two phases, most recently used first.
 *
 * A kernel that reads a tensor its predecessor wrote finds the part that still is on chip: the
 * fraction bytes / total_bytes of each piece it touches for the first time.
 */
#ifndef TESSERA_SIM_ENGINE_RESIDENCY_H
#define TESSERA_SIM_ENGINE_RESIDENCY_H

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { TS_RESIDENT_TENSORS = 64, TS_TOUCHED_TENSORS = 16 };

struct resident_tensor {
    int32_t tensor;
    double bytes;       /* on chip */
    double dirty_bytes; /* of these, not yet in DRAM */
    double total_bytes; /* of the tensor */
};

/* A tensor the running phase has touched. */
struct touched_tensor {
    int32_t tensor;
    double read_bytes; /* first touches so far, up to total_bytes */
    double written_bytes;
    double total_bytes; /* when it came from an earlier phase */
    double resident_fraction;
};

struct residency {
    struct resident_tensor entries[TS_RESIDENT_TENSORS]; /* newest first */
    int count;
    struct touched_tensor touched[TS_TOUCHED_TENSORS];
    int touched_count;
};

/* Starts a phase: nothing touched. */
void residency_begin(struct residency *residency);

/* The same phase from its start again: operands stay announced, nothing is touched. */
void residency_restart(struct residency *residency);

/* Announces an operand of the phase and its size. */
void residency_expect(struct residency *residency, int32_t tensor, double total_bytes);

/* Bytes of a first read of `bytes` of `tensor` that an earlier phase left on chip. */
double residency_first_touch(struct residency *residency, int32_t tensor, double bytes);
void residency_written(struct residency *residency, int32_t tensor, double bytes);

/* Puts a tensor in front, squeezing older ones into capacity_bytes. Returns dirty bytes displaced.
 */
double residency_insert(struct residency *residency, struct resident_tensor tensor,
                        double capacity_bytes);

/* NULL when nothing is known of the tensor. */
const struct resident_tensor *residency_find(const struct residency *residency, int32_t tensor);

/* Fraction of a tensor on chip now, 0 when unknown. */
double residency_fraction(const struct residency *residency, int32_t tensor);

/* Forgets a tensor that is dead: nothing of it is written back. */
void residency_drop(struct residency *residency, int32_t tensor);

/* Forgets scratch tensors (negative ids), which die with their kernel. */
void residency_drop_scratch(struct residency *residency);

#ifdef __cplusplus
}
#endif
#endif
