#include "reports/tree.h"

/* 17 significant digits: doubles read back as the same value. */
static void write_tree(json_t *tree, FILE *stream)
{
    json_dumpf(tree, stream, JSON_INDENT(2) | JSON_REAL_PRECISION(17));
    fputc('\n', stream);
    json_decref(tree);
}

void ts_report_json(const struct ts_result *result, FILE *stream)
{
    write_tree(result_tree(result), stream);
}

void ts_comparison_json(const struct ts_result *const *results, int count, FILE *stream)
{
    json_t *list = json_array();
    for (int i = 0; i < count; i++) {
        json_array_append_new(list, result_tree(results[i]));
    }
    json_t *comparison = json_object();
    json_object_set_new(comparison, "schema", json_string("tessera.comparison/1"));
    json_object_set_new(comparison, "results", list);
    write_tree(comparison, stream);
}
