/* Minimum and maximum of doubles without fmin's care for NaN: inlined, for the simulator's inner
 * loops. */
#ifndef TESSERA_MINMAX_H
#define TESSERA_MINMAX_H

static inline double ts_min(double a, double b)
{
    return a < b ? a : b;
}

static inline double ts_max(double a, double b)
{
    return a > b ? a : b;
}

#endif
