/* Where studies get results from: stores, and JSON of run and compare. */
#include "cli/stored.h"
#include "cli/study.h"

#include <stdlib.h>
#include <string.h>

struct reading {
    struct cli_study *study;
    const char *path;
    bool ok;
};

static bool take_row(void *context, const struct ts_store_row *row)
{
    struct reading *reading = context;
    struct cli_study *study = reading->study;
    if (row->failed || !row->result) {
        study->study.failed++;
        return true;
    }
    struct ts_study_row taken = {.source = reading->path,
                                 .id = row->id,
                                 .arch = row->arch,
                                 .workload = row->workload,
                                 .precision = row->precision,
                                 .mode = row->mode,
                                 .batch = row->batch,
                                 .settings = row->settings,
                                 .result = row->result};
    reading->ok = ts_study_add(&study->study, &taken, &study->session->diagnostics);
    return reading->ok;
}

static bool read_store(struct cli_study *study, const char *path)
{
    struct reading reading = {study, path, true};
    struct ts_diagnostics *diagnostics = &study->session->diagnostics;
    struct ts_store *store = ts_store_open(path, TS_STORE_READ, diagnostics);
    bool ok = store && ts_store_each(store, take_row, &reading, diagnostics);
    ts_store_close(store);
    return ok && reading.ok;
}

/* The settings of a result that says which options it was run with. */
static const char *settings_of(const struct ts_result *result, struct ts_arena *arena)
{
    struct ts_diagnostics unsaid; /* options of another version are no settings */
    struct ts_job job = ts_job_default(arena);
    struct ts_option_table table = {ts_job_options, ts_job_option_count, &job};
    struct ts_arguments words, rest;
    ts_diagnostics_init(&unsaid);
    bool ok = ts_options_split(result->provenance.options, arena, &unsaid, &words) &&
              ts_options_parse(&table, 1, words.words, words.count, arena, &unsaid, &rest);
    ts_diagnostics_release(&unsaid);
    return ok ? ts_store_job_settings(&job, arena) : "{}";
}

static bool read_results(struct cli_study *study, const char *path)
{
    struct ts_result_list results = {.count = 0};
    struct cli_session *session = study->session;
    bool ok = ts_results_read_file(path, &session->arena, &session->diagnostics, &results);
    for (int i = 0; ok && i < results.count; i++) {
        const struct ts_result *result = results.items[i];
        char *json = cli_compact_json(result);
        struct ts_study_row row = {.source = path,
                                   .id = i + 1,
                                   .arch = result->arch.name,
                                   .workload = result->workload.name,
                                   .precision = result->workload.precision,
                                   .mode = result->workload.mode,
                                   .batch = result->workload.batch,
                                   .settings = settings_of(result, &session->arena),
                                   .result = json};
        ok = ts_study_add(&study->study, &row, &session->diagnostics);
        free(json);
    }
    return ok;
}

static bool read_input(struct cli_study *study, const char *path)
{
    if (cli_ends_with(path, ".yaml") || cli_ends_with(path, ".yml")) {
        struct ts_diagnostics *diagnostics = &study->session->diagnostics;
        struct ts_place place = {.file = path};
        ts_diag_error(diagnostics, TS_ERROR_UNSUPPORTED, place, "a sweep file holds no results");
        ts_diag_help(diagnostics, "name the store that `tessera sweep --store FILE.db` fills");
        return false;
    }
    return cli_is_store(path) ? read_store(study, path) : read_results(study, path);
}

static bool name_column(struct cli_study *study, const char *name, int *column)
{
    struct ts_place nowhere = {.file = NULL};
    *column = ts_study_column(&study->study, name);
    return *column >= 0 || ts_diag_error(&study->session->diagnostics, TS_ERROR_LIMIT, nowhere,
                                         "more than %d figures are asked for, '%s' among them",
                                         TS_STUDY_MAX_COLUMNS, name);
}

/* Columns have to be known before results are read. */
static bool name_columns(struct cli_study *study)
{
    bool ok = true;
    for (int i = 0; ok && i < study->goal_count; i++) {
        ok = name_column(study, study->goals[i].name, &study->goals[i].column);
    }
    for (int i = 0; ok && i < study->metric_count; i++) {
        ok = name_column(study, study->metrics[i], &study->columns[i]);
    }
    for (int i = 0; ok && i < study->constraint_count; i++) {
        ok = ts_study_expect(&study->study, study->constraints[i].text,
                             &study->session->diagnostics);
    }
    return ok;
}

static bool resolve(struct cli_study *study)
{
    struct ts_diagnostics *diagnostics = &study->session->diagnostics;
    int wanted[CLI_STUDY_MAX_GOALS + CLI_STUDY_MAX_METRICS], count = 0;
    for (int i = 0; i < study->goal_count; i++) {
        wanted[count++] = study->goals[i].column;
    }
    for (int i = 0; i < study->metric_count; i++) {
        wanted[count++] = study->columns[i];
    }
    bool ok = ts_study_resolve(&study->study, wanted, count, diagnostics);
    for (int i = 0; i < study->constraint_count; i++) {
        ok &=
            ts_study_constrain(&study->study, "--subject-to", &study->constraints[i], diagnostics);
    }
    return ok;
}

bool cli_study_read(struct cli_study *study, const struct ts_arguments *files)
{
    bool ok = name_columns(study);
    for (int i = 0; ok && i < files->count; i++) {
        ok = read_input(study, files->words[i]);
    }
    if (ok && study->study.count == 0) {
        struct ts_place place = {.file = files->words[0]};
        ok = ts_diag_error(&study->session->diagnostics, TS_ERROR_RANGE, place,
                           study->study.failed > 0 ? "every result has failed"
                                                   : "there are no results");
    }
    return ok && resolve(study);
}
