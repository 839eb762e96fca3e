/* Golden model of a systolic array: every cell, every clock, real products. */
#ifndef TESSERA_TESTS_SYSTOLIC_GOLDEN_SUPPORT_H
#define TESSERA_TESTS_SYSTOLIC_GOLDEN_SUPPORT_H

#include "sim/compute/systolic/systolic.h"

enum { GOLDEN_MAX_DIM = 32, GOLDEN_MAX_ARRAY = 8 };

struct golden_problem {
    int m, n, k;
    int a[GOLDEN_MAX_DIM][GOLDEN_MAX_DIM]; /* [m][k] */
    int b[GOLDEN_MAX_DIM][GOLDEN_MAX_DIM]; /* [k][n] */
    int c[GOLDEN_MAX_DIM][GOLDEN_MAX_DIM]; /* [m][n], filled by golden_run */
};

/* Fills a and b with small values that differ by position. */
void golden_fill(struct golden_problem *problem, int m, int n, int k);

/* Clocks the array through all folds, one after the other, until the last result has left (ws, is)
 * or the last product is added (os). Returns the cycles; c then holds what the array computed. */
long golden_run(struct golden_problem *problem, enum ts_systolic_dataflow dataflow, int rows,
                int columns);

/* True when c equals the textbook product. */
bool golden_is_right(const struct golden_problem *problem);

#endif
