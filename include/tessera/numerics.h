/* Numerics: what a machine's number formats cost in accuracy, measured on random tensors.
 *
 * Each product C[m,n] = A[m,k]·B[k,n] of a program is sampled: some rows of A and columns of B with
 * the whole of k are drawn, rounded to their formats, multiplied and summed as the machine's family
 * sums (struct ts_arithmetic), and held against the same values in fp64:
 *
 *   sqnr = sum of y² / sum of (y' - y)²,  in decibels 10·log10
 *
 * Weights are normal with variance 2/k (He et al., ICCV 2015); activations and gradients are normal
 * with variance 1, cut off below zero behind a ReLU, or rows of a softmax. Pruned weights are those
 * of least magnitude, in both sums: sqnr is the formats' cost alone. Integers, fp8 and shared
 * weights have one scale a tensor: the largest of as many values as the whole tensor has becomes
 * the format's largest. Layers that run by Winograd's algorithm pass its transforms, in the format.
 *
 * Noise adds up on the way through a network: a product passes on the noise-to-signal ratios of its
 * inputs and adds its own; sums add signal and noise powers; other operators pass on the mean of
 * their inputs by power and elements. Powers are those of the random tensors: weights double them,
 * a ReLU halves them, a normalisation sets them to 1, attention averages. That holds for
 * independent noise and layers that amplify signal and noise alike; it is a proxy, not the accuracy
 * of a trained network.
 *
 * The same seed draws the same tensors whatever the formats are.
 */
#ifndef TESSERA_NUMERICS_H
#define TESSERA_NUMERICS_H

#include "tessera/arch.h"
#include "tessera/kernel.h"
#include "tessera/result.h"

#ifdef __cplusplus
extern "C" {
#endif

/* No noise at all is stated as this many decibels. */
#define TS_SQNR_LIMIT_DB 400.0

/* Fills `numerics` of the result and of its layers, which are the program's kernels in order. Texts
 * are in `arena`. */
void ts_numerics_measure(const struct ts_arch *arch, const struct ts_program *program,
                         uint64_t seed, struct ts_arena *arena, struct ts_result *result);

#ifdef __cplusplus
}
#endif
#endif
