#include "suite.h"
#include "workloads/transform/spectrum.h"

#include <gsl/gsl_linalg.h>
#include <gsl/gsl_randist.h>
#include <math.h>

/* The rank that the singular values of one random matrix ask for. */
static int64_t decomposed(size_t m, size_t n, double energy)
{
    gsl_rng *random = gsl_rng_alloc(gsl_rng_taus2);
    gsl_matrix *w = gsl_matrix_alloc(m, n), *v = gsl_matrix_alloc(n, n);
    gsl_vector *values = gsl_vector_alloc(n), *work = gsl_vector_alloc(n);
    double total = 0, sum = 0;
    for (size_t i = 0; i < m; i++) {
        for (size_t j = 0; j < n; j++) {
            gsl_matrix_set(w, i, j, gsl_ran_gaussian_ziggurat(random, 1));
        }
    }
    gsl_linalg_SV_decomp(w, v, values, work);
    for (size_t i = 0; i < n; i++) {
        total += pow(gsl_vector_get(values, i), 2);
    }
    int64_t rank = 0;
    while (sum < energy * total) {
        sum += pow(gsl_vector_get(values, (size_t)rank++), 2);
    }
    gsl_rng_free(random);
    gsl_matrix_free(w);
    gsl_matrix_free(v);
    gsl_vector_free(values);
    gsl_vector_free(work);
    return rank;
}

static void ranks_are_those_of_random_matrices(void)
{
    static const size_t shapes[][2] = {{120, 120}, {150, 90}, {200, 37}};
    static const double energies[] = {0.25, 0.5, 0.9, 0.99};
    for (int s = 0; s < 3; s++) {
        for (int e = 0; e < 4; e++) {
            int64_t law =
                ts_spectrum_rank((int64_t)shapes[s][0], (int64_t)shapes[s][1], energies[e]);
            CU_ASSERT_TRUE(llabs(law - decomposed(shapes[s][0], shapes[s][1], energies[e])) <= 2);
            CU_ASSERT_EQUAL(
                law, ts_spectrum_rank((int64_t)shapes[s][1], (int64_t)shapes[s][0], energies[e]));
        }
    }
}

static void ranks_stay_within_the_matrix(void)
{
    CU_ASSERT_EQUAL(ts_spectrum_rank(1, 1000, 0.9), 1);
    CU_ASSERT_EQUAL(ts_spectrum_rank(512, 512, 1e-12), 1);
    CU_ASSERT_TRUE(ts_spectrum_rank(64, 64, 1 - 1e-12) <= 64);
    CU_ASSERT_TRUE(ts_spectrum_rank(64, 4096, 0.5) <= 32); /* nearly flat */
    CU_ASSERT_TRUE(ts_spectrum_rank(64, 4096, 0.5) >= 26);
}

int main(void)
{
    static const struct test_case cases[] = {
        {"ranks are those of random matrices", ranks_are_those_of_random_matrices},
        {"ranks stay within the matrix", ranks_stay_within_the_matrix},
    };
    return RUN_SUITE("spectrum", cases);
}
