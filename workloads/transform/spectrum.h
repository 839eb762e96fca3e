/* Spectrum of a matrix of independent random weights. */
#ifndef TESSERA_SPECTRUM_H
#define TESSERA_SPECTRUM_H

#include <stdint.h>

/* The fewest singular values of W[m,n] whose squares add up to `energy` (in (0,1)) of all of them,
 * for large m and n: Marchenko and Pastur, "Distribution of eigenvalues for some sets of random
 * matrices", 1967. At least 1. */
int64_t ts_spectrum_rank(int64_t m, int64_t n, double energy);

#endif
