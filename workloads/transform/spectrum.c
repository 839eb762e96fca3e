#include "workloads/transform/spectrum.h"

#include <math.h>

/* Eigenvalues of W·Wᵀ/n, m <= n, b = m/n, lie between (1 - sqrt b)² and (1 + sqrt b)² with density
 * sqrt((upper - x)(x - lower)) / (2·pi·b·x). Their energy x times that density is a semicircle
 * around 1 + b of radius 2·sqrt b; at the angle t, x = 1 + b + 2·sqrt b · sin t. */

/* Energy above angle t. */
static double energy_above(double t)
{
    return 0.5 - (sin(t) * cos(t) + t) / M_PI;
}

static double angle_of(double energy)
{
    double low = -M_PI / 2, high = M_PI / 2;
    for (int i = 0; i < 60; i++) {
        double middle = (low + high) / 2;
        if (energy_above(middle) > energy) {
            low = middle;
        } else {
            high = middle;
        }
    }
    return low;
}

/* Share of the eigenvalues above angle t, by the midpoint rule: the integrand is bounded. */
static double count_above(double t, double b)
{
    enum { STEPS = 4096 };
    double step = (M_PI / 2 - t) / STEPS, sum = 0;
    for (int i = 0; i < STEPS; i++) {
        double at = t + (i + 0.5) * step;
        sum += cos(at) * cos(at) / (1 + b + 2 * sqrt(b) * sin(at));
    }
    return 2 / M_PI * sum * step;
}

int64_t ts_spectrum_rank(int64_t m, int64_t n, double energy)
{
    double fewer = (double)(m < n ? m : n), more = (double)(m < n ? n : m);
    double rank = ceil(count_above(angle_of(energy), fewer / more) * fewer - 1e-6);
    return (int64_t)fmin(fmax(rank, 1), fewer);
}
