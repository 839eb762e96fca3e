/* `sample:` of a sweep file: points drawn from the space of the axes instead of its grid.
 *
 * A method fills the unit cube, one column an axis; a list divides its side equally among its
 * values, a range maps it to what lies between its ends. All are seeded, so that a file is a set of
 * points. Every machine and network gets the same draws, and conditions drop draws without changing
 * the others: machines stay comparable, and points stay in a store when a condition is tightened.
 */
#include "sim/sweep/sweep_internal.h"

#include <gsl/gsl_qrng.h>
#include <gsl/gsl_randist.h>
#include <gsl/gsl_rng.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_DRAWS = 1000000 };

/* gsl_rng_mt19937 takes 32 bits of seed, and 0 for another one. */
#define MAX_SEED INT64_C(0xffffffff)

/* part[draw × axes + axis] in [0, 1). */
struct cube {
    int64_t draws;
    int axes;
    double *part;
};

static void fill_random(struct cube *cube, gsl_rng *random)
{
    for (int64_t i = 0; i < cube->draws * cube->axes; i++) {
        cube->part[i] = gsl_rng_uniform(random);
    }
}

/* One draw in each of `draws` slices of every axis (McKay, Beckman and Conover 1979). */
static void fill_latin_hypercube(struct cube *cube, gsl_rng *random)
{
    int *slice = malloc((size_t)cube->draws * sizeof *slice);
    if (!slice) {
        ts_bug("out of memory");
    }
    for (int axis = 0; axis < cube->axes; axis++) {
        for (int64_t i = 0; i < cube->draws; i++) {
            slice[i] = (int)i;
        }
        gsl_ran_shuffle(random, slice, (size_t)cube->draws, sizeof *slice);
        for (int64_t i = 0; i < cube->draws; i++) {
            cube->part[i * cube->axes + axis] =
                (slice[i] + gsl_rng_uniform(random)) / (double)cube->draws;
        }
    }
    free(slice);
}

/* Sobol's sequence moved by a seeded step, modulo 1 (Cranley and Patterson 1976). */
static void fill_sobol(struct cube *cube, gsl_rng *random)
{
    double step[TS_SWEEP_MAX_AXES];
    gsl_qrng *sequence = gsl_qrng_alloc(gsl_qrng_sobol, (unsigned)cube->axes);
    if (!sequence) {
        ts_bug("out of memory");
    }
    for (int axis = 0; axis < cube->axes; axis++) {
        step[axis] = gsl_rng_uniform(random);
    }
    for (int64_t i = 0; i < cube->draws; i++) {
        double *row = &cube->part[i * cube->axes];
        gsl_qrng_get(sequence, row);
        for (int axis = 0; axis < cube->axes; axis++) {
            row[axis] = fmod(row[axis] + step[axis], 1);
        }
    }
    gsl_qrng_free(sequence);
}

typedef void fill_cube(struct cube *cube, gsl_rng *random);

static const char *const method_names[] = {"latin-hypercube", "random", "sobol"};
static fill_cube *const methods[] = {fill_latin_hypercube, fill_random, fill_sobol};
enum { METHODS = sizeof methods / sizeof *methods };

/* The first one when none is named; NULL with a diagnostic. */
static fill_cube *find_method(struct sweep_loader *loader, const struct ts_yaml *node)
{
    const char *name = method_names[0];
    if (node && !ts_yaml_string(node, loader->diagnostics, &name)) {
        return NULL;
    }
    for (int i = 0; i < METHODS; i++) {
        if (strcmp(name, method_names[i]) == 0) {
            return methods[i];
        }
    }
    ts_yaml_error(loader->diagnostics, node, TS_ERROR_UNKNOWN_NAME,
                  "there is no way to sample called '%s'", name);
    const char *near = ts_suggest(name, method_names, METHODS);
    if (near) {
        ts_diag_help(loader->diagnostics, "did you mean '%s'?", near);
    } else {
        ts_diag_help(loader->diagnostics, "latin-hypercube, random or sobol");
    }
    return NULL;
}

static void draw_axis(struct sweep_loader *loader, struct ts_axis *axis, int column,
                      const struct cube *cube, int *sample)
{
    bool draws_values = axis->count == 0;
    if (draws_values) {
        axis->values = TS_NEW_ARRAY(loader->arena, cube->draws, struct ts_axis_value);
    }
    for (int64_t i = 0; i < cube->draws; i++) {
        double part = cube->part[i * cube->axes + column];
        if (draws_values) {
            axis->values[axis->count] = sweep_range_value(axis->range, part, loader->arena);
            sample[i * cube->axes + column] = axis->count++;
        } else {
            sample[i * cube->axes + column] = (int)fmin(part * axis->count, axis->count - 1);
        }
    }
}

static void draw(struct sweep_loader *loader, fill_cube *fill, int64_t draws, int64_t seed)
{
    struct ts_sweep *sweep = loader->sweep;
    struct cube cube = {.draws = draws, .axes = sweep->axis_count};
    cube.part = calloc((size_t)(draws * cube.axes), sizeof *cube.part);
    gsl_rng *random = gsl_rng_alloc(gsl_rng_mt19937);
    int *sample = TS_NEW_ARRAY(loader->arena, draws * cube.axes, int);
    if (!cube.part || !random) {
        ts_bug("out of memory");
    }
    gsl_rng_set(random, (unsigned long)seed);
    fill(&cube, random);
    for (int i = 0; i < cube.axes; i++) {
        draw_axis(loader, &sweep->axes[i], i, &cube, sample);
    }
    sweep->sample = sample;
    sweep->sample_count = draws;
    gsl_rng_free(random);
    free(cube.part);
}

/* In a grid a range needs steps. */
static bool check_steps(const struct sweep_loader *loader)
{
    bool ok = true;
    for (int i = 0; i < loader->sweep->axis_count; i++) {
        const struct ts_axis *axis = &loader->sweep->axes[i];
        if (axis->count == 0) {
            ok = ts_yaml_error(loader->diagnostics, axis->node, TS_ERROR_MISSING_KEY,
                               "the range of axis '%s' lacks 'steps'", axis->key);
            ts_diag_help(loader->diagnostics,
                         "say how many values a grid has of it, or draw them with 'sample:'");
        }
    }
    return ok;
}

bool sweep_load_sample(struct sweep_loader *loader)
{
    static const char *const keys[] = {"points", "method", "seed"};
    struct ts_diagnostics *diagnostics = loader->diagnostics;
    const struct ts_yaml *node = ts_yaml_get(loader->root, "sample");
    int64_t points = 0, seed = 1;
    if (!node) {
        return check_steps(loader);
    }
    if (node->kind != TS_YAML_MAPPING) {
        return ts_yaml_error(diagnostics, node, TS_ERROR_TYPE,
                             "'sample' is a mapping with 'points', 'method' and 'seed'");
    }
    if (loader->sweep->axis_count == 0) {
        return ts_yaml_key_error(diagnostics, node, TS_ERROR_CONFLICT,
                                 "there are no axes to draw a sample from");
    }
    const struct ts_yaml *count = ts_yaml_require(node, "points", TS_YAML_SCALAR, diagnostics);
    const struct ts_yaml *seed_node = ts_yaml_get(node, "seed");
    fill_cube *fill = find_method(loader, ts_yaml_get(node, "method"));
    bool ok = ts_yaml_known_keys(node, keys, 3, diagnostics) && count && fill;
    ok = ok && ts_yaml_integer(count, 1, MAX_DRAWS, diagnostics, &points) &&
         (!seed_node || ts_yaml_integer(seed_node, 1, MAX_SEED, diagnostics, &seed));
    if (ok) {
        draw(loader, fill, points, seed);
    }
    return ok;
}
