#include "tessera/validate.h"

#include <gsl/gsl_sort.h>
#include <gsl/gsl_statistics_double.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

double ts_error_percent(const struct ts_reference *reference, const struct ts_outcome *outcome)
{
    return 100 * (outcome->simulated / reference->expected - 1);
}

struct ts_error_summary
ts_error_summarize_if(const struct ts_reference *references, const struct ts_outcome *outcomes,
                      int count, bool (*belongs)(const struct ts_reference *, const void *),
                      const void *context)
{
    struct ts_error_summary summary = {.name = NULL};
    double *errors = calloc((size_t)count + 1, sizeof *errors);
    if (!errors) {
        ts_bug("out of memory");
    }
    size_t good = 0;
    for (int i = 0; i < count; i++) {
        if (!belongs(&references[i], context)) {
            continue;
        }
        summary.count++;
        if (outcomes[i].failure) {
            summary.failed++;
        } else {
            errors[good++] = ts_error_percent(&references[i], &outcomes[i]);
        }
    }
    if (good > 0) {
        summary.bias = gsl_stats_mean(errors, 1, good);
        for (size_t i = 0; i < good; i++) {
            errors[i] = fabs(errors[i]);
        }
        gsl_sort(errors, 1, good);
        summary.mape = gsl_stats_mean(errors, 1, good);
        summary.median_ape = gsl_stats_median_from_sorted_data(errors, 1, good);
        summary.p90_ape = gsl_stats_quantile_from_sorted_data(errors, 1, good, 0.9);
    }
    free(errors);
    return summary;
}

struct subject {
    const char *file, *arch; /* arch NULL: all */
};

static bool is_of_subject(const struct ts_reference *reference, const void *context)
{
    const struct subject *subject = context;
    return strcmp(reference->file, subject->file) == 0 &&
           (!subject->arch || strcmp(reference->arch, subject->arch) == 0);
}

struct ts_error_summary ts_error_summarize(const struct ts_reference *references,
                                           const struct ts_outcome *outcomes, int count,
                                           const char *file, const char *arch)
{
    struct subject subject = {file, arch};
    struct ts_error_summary summary =
        ts_error_summarize_if(references, outcomes, count, is_of_subject, &subject);
    summary.name = arch ? arch : file;
    return summary;
}

static bool is_new(const char *name, const char *const *names, int count)
{
    for (int i = 0; i < count; i++) {
        if (strcmp(names[i], name) == 0) {
            return false;
        }
    }
    return true;
}

int ts_validation_files(const struct ts_reference *references, int count, const char **names)
{
    int found = 0;
    for (int i = 0; i < count; i++) {
        if (is_new(references[i].file, names, found)) {
            names[found++] = references[i].file;
        }
    }
    return found;
}

int ts_validation_archs(const struct ts_reference *references, int count, const char *file,
                        const char **names)
{
    int found = 0;
    for (int i = 0; i < count; i++) {
        if (strcmp(references[i].file, file) == 0 && is_new(references[i].arch, names, found)) {
            names[found++] = references[i].arch;
        }
    }
    return found;
}

static bool hold(const char *file, const char *what, double value, double bound, FILE *talk)
{
    if (bound < 0 || value <= bound) {
        return true;
    }
    fprintf(talk, "%s: %s is %.4g, the bound is %.4g\n", file, what, value, bound);
    return false;
}

bool ts_bounds_hold(const struct ts_error_bound *bounds, int bound_count,
                    const struct ts_error_summary *summary, FILE *talk)
{
    bool ok = true;
    for (int i = 0; i < bound_count; i++) {
        if (strcmp(bounds[i].file, summary->name) != 0) {
            continue;
        }
        ok &= hold(summary->name, "number of failed rows", summary->failed, bounds[i].failed, talk);
        ok &= hold(summary->name, "mean error (%)", summary->mape, bounds[i].mape, talk);
        ok &= hold(summary->name, "90th percentile (%)", summary->p90_ape, bounds[i].p90_ape, talk);
    }
    return ok;
}
