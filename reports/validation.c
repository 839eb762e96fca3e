#include "tessera/csv.h"
#include "tessera/validate.h"

#include "reports/table.h"

#include <jansson.h>
#include <string.h>

/* ------------------------------------------------------------------ text */

static void add_headings(struct table *table, const char *const *names, int count)
{
    for (int i = 0; i < count; i++) {
        table_add(table, "%s", names[i]);
    }
}

static void write_rows(const struct ts_reference *references, const struct ts_outcome *outcomes,
                       int count, const struct ts_report_style *style, struct ts_arena *arena,
                       FILE *stream)
{
    static const char *const names[] = {"row",      "arch",      "workload", "metric",
                                        "expected", "simulated", "sim/exp",  ""};
    struct table table;
    table_init(&table, arena, "llllrrrl");
    add_headings(&table, names, table.columns);
    for (int i = 0; i < count; i++) {
        const struct ts_reference *reference = &references[i];
        const char *failure = outcomes[i].failure;
        table_add(&table, "%s", reference->id);
        table_add(&table, "%s", reference->arch);
        table_add(&table, "%s", reference->workload);
        table_add(&table, "%s", reference->metric);
        table_add(&table, "%.6g", reference->expected);
        table_add(&table, failure ? "failed" : "%.6g", outcomes[i].simulated);
        table_add(&table, failure ? "" : "%.3f", outcomes[i].simulated / reference->expected);
        table_add(&table, "%s", failure ? failure : "");
    }
    table_write(&table, style, 0, stream);
    fputc('\n', stream);
}

static void add_summary(struct table *table, const struct ts_error_summary *summary,
                        const char *indent)
{
    bool any = summary->count > summary->failed;
    table_add(table, "%s%s", indent, summary->name);
    table_add(table, "%d", summary->count);
    table_add(table, summary->failed ? "%d" : "", summary->failed);
    table_add(table, any ? "%.2f" : "-", summary->mape);
    table_add(table, any ? "%.2f" : "-", summary->median_ape);
    table_add(table, any ? "%.2f" : "-", summary->p90_ape);
    table_add(table, any ? "%+.2f" : "-", summary->bias);
}

static void write_summaries(const struct ts_reference *references,
                            const struct ts_outcome *outcomes, int count,
                            const struct ts_report_style *style, struct ts_arena *arena,
                            FILE *stream)
{
    static const char *const names[] = {"per cent", "rows", "failed", "MAPE",
                                        "median",   "p90",  "bias"};
    const char **files = TS_NEW_ARRAY(arena, count + 1, const char *);
    const char **archs = TS_NEW_ARRAY(arena, count + 1, const char *);
    struct table table;
    table_init(&table, arena, "lrrrrrr");
    add_headings(&table, names, table.columns);
    int file_count = ts_validation_files(references, count, files);
    for (int f = 0; f < file_count; f++) {
        struct ts_error_summary whole =
            ts_error_summarize(references, outcomes, count, files[f], NULL);
        add_summary(&table, &whole, "");
        int arch_count = ts_validation_archs(references, count, files[f], archs);
        for (int a = 0; a < arch_count; a++) {
            struct ts_error_summary part =
                ts_error_summarize(references, outcomes, count, files[f], archs[a]);
            add_summary(&table, &part, "  ");
        }
    }
    table_write(&table, style, 0, stream);
}

/* Rows that failed, when the rows themselves are not shown. */
static void write_failures(const struct ts_reference *references, const struct ts_outcome *outcomes,
                           int count, const struct ts_report_style *style, FILE *stream)
{
    bool any = false;
    for (int i = 0; i < count; i++) {
        if (outcomes[i].failure) {
            if (!any) {
                write_heading("rows that failed", style, stream);
            }
            any = true;
            fprintf(stream, "%s:%d: %s: %s on %s: %s\n", references[i].file, references[i].line,
                    references[i].id, references[i].workload, references[i].arch,
                    outcomes[i].failure);
        }
    }
}

void ts_validation_text(const struct ts_reference *references, const struct ts_outcome *outcomes,
                        int count, bool rows, const struct ts_report_style *style, FILE *stream)
{
    struct ts_arena arena = TS_ARENA_INIT;
    if (rows) {
        write_rows(references, outcomes, count, style, &arena, stream);
    }
    write_summaries(references, outcomes, count, style, &arena, stream);
    if (!rows) {
        write_failures(references, outcomes, count, style, stream);
    }
    ts_arena_release(&arena);
}

/* ------------------------------------------------------------------ JSON */

static void put(json_t *object, const char *key, json_t *value)
{
    if (!value || json_object_set_new(object, key, value) != 0) {
        ts_bug("'%s' could not be set", key);
    }
}

static json_t *text(const char *value)
{
    json_t *node = json_string(value);
    return node ? node : json_string("(not UTF-8)");
}

static json_t *summary_tree(const char *kind, const struct ts_error_summary *summary)
{
    bool any = summary->count > summary->failed;
    json_t *object = json_object();
    put(object, kind, text(summary->name));
    put(object, "count", json_integer(summary->count));
    put(object, "failed", json_integer(summary->failed));
    put(object, "mape", any ? json_real(summary->mape) : json_null());
    put(object, "median_ape", any ? json_real(summary->median_ape) : json_null());
    put(object, "p90_ape", any ? json_real(summary->p90_ape) : json_null());
    put(object, "bias", any ? json_real(summary->bias) : json_null());
    return object;
}

static json_t *row_tree(const struct ts_reference *reference, const struct ts_outcome *outcome)
{
    json_t *object = json_object();
    put(object, "file", text(reference->file));
    put(object, "line", json_integer(reference->line));
    put(object, "id", text(reference->id));
    put(object, "arch", text(reference->arch));
    put(object, "workload", text(reference->workload));
    put(object, "metric", text(reference->metric));
    put(object, "expected", json_real(reference->expected));
    if (outcome->failure) {
        put(object, "simulated", json_null());
        put(object, "error", text(outcome->failure));
        return object;
    }
    put(object, "simulated", json_real(outcome->simulated));
    put(object, "ratio", json_real(outcome->simulated / reference->expected));
    put(object, "error_percent", json_real(ts_error_percent(reference, outcome)));
    return object;
}

static json_t *file_tree(const struct ts_reference *references, const struct ts_outcome *outcomes,
                         int count, const char *file, const char **archs)
{
    struct ts_error_summary whole = ts_error_summarize(references, outcomes, count, file, NULL);
    json_t *object = summary_tree("file", &whole);
    json_t *by_arch = json_array();
    int arch_count = ts_validation_archs(references, count, file, archs);
    for (int a = 0; a < arch_count; a++) {
        struct ts_error_summary part =
            ts_error_summarize(references, outcomes, count, file, archs[a]);
        json_array_append_new(by_arch, summary_tree("arch", &part));
    }
    put(object, "by_arch", by_arch);
    return object;
}

void ts_validation_json(const struct ts_reference *references, const struct ts_outcome *outcomes,
                        int count, FILE *stream)
{
    struct ts_arena arena = TS_ARENA_INIT;
    const char **names = TS_NEW_ARRAY(&arena, count + 1, const char *);
    const char **archs = TS_NEW_ARRAY(&arena, count + 1, const char *);
    json_t *files = json_array(), *rows = json_array();
    int file_count = ts_validation_files(references, count, names);
    for (int f = 0; f < file_count; f++) {
        json_array_append_new(files, file_tree(references, outcomes, count, names[f], archs));
    }
    for (int i = 0; i < count; i++) {
        json_array_append_new(rows, row_tree(&references[i], &outcomes[i]));
    }
    json_t *tree = json_object();
    put(tree, "schema", json_string("tessera.validation/1"));
    put(tree, "files", files);
    put(tree, "rows", rows);
    json_dumpf(tree, stream, JSON_INDENT(2) | JSON_REAL_PRECISION(17));
    fputc('\n', stream);
    json_decref(tree);
    ts_arena_release(&arena);
}

/* ------------------------------------------------------------------ CSV */

void ts_validation_csv(const struct ts_reference *references, const struct ts_outcome *outcomes,
                       int count, FILE *stream)
{
    char expected[TS_SI_BYTES], simulated[TS_SI_BYTES], error[TS_SI_BYTES];
    fputs("file,id,arch,workload,metric,expected,simulated,error_percent,failure\n", stream);
    for (int i = 0; i < count; i++) {
        const struct ts_reference *reference = &references[i];
        const char *const texts[] = {reference->file, reference->id, reference->arch,
                                     reference->workload, reference->metric};
        for (int t = 0; t < 5; t++) {
            ts_csv_write_field(stream, texts[t]);
            fputc(',', stream);
        }
        fputs(ts_format_number(expected, reference->expected), stream);
        if (outcomes[i].failure) {
            fputs(",,,", stream);
            ts_csv_write_field(stream, outcomes[i].failure);
        } else {
            fprintf(stream, ",%s,%s,", ts_format_number(simulated, outcomes[i].simulated),
                    ts_format_number(error, ts_error_percent(reference, &outcomes[i])));
        }
        fputc('\n', stream);
    }
}
