/* How far the machines of a page were from published figures. */
#include "reports/html/page_data.h"

#include "tessera/recorded.h"

#include <string.h>

static json_t *rows_of(const struct ts_recorded_errors *recorded, const struct ts_result *result)
{
    struct ts_recorded_view view = ts_recorded_view(recorded, result);
    json_t *rows = json_array();
    for (int i = 0; i < recorded->count; i++) {
        const struct ts_recorded_error *record = &recorded->items[i];
        if (ts_recorded_concerns(record, &view, result)) {
            json_array_append_new(
                rows,
                json_pack("{s:s, s:s, s:i, s:i, s:f, s:f, s:f, s:f}", "table", record->table, "of",
                          view.of_family ? "family" : "machine", "rows", record->rows, "failed",
                          record->failed, "mape", record->mape, "median_ape", record->median_ape,
                          "p90_ape", record->p90_ape, "bias", record->bias));
        }
    }
    return rows;
}

static json_t *machine_tree(const struct ts_recorded_errors *recorded,
                            const struct ts_result *result, struct ts_arena *arena)
{
    return json_pack("{s:s, s:s, s:s, s:o}", "arch", result->arch.name, "family",
                     result->arch.family, "sentence", ts_recorded_sentence(recorded, result, arena),
                     "rows", rows_of(recorded, result));
}

/* Results of one machine of which the same is said need one entry. */
static bool is_first(const struct ts_result *const *results, int index,
                     const struct ts_recorded_errors *recorded, struct ts_arena *arena)
{
    const char *sentence = ts_recorded_sentence(recorded, results[index], arena);
    for (int i = 0; i < index; i++) {
        if (strcmp(results[i]->arch.name, results[index]->arch.name) == 0 &&
            strcmp(ts_recorded_sentence(recorded, results[i], arena), sentence) == 0) {
            return false;
        }
    }
    return true;
}

json_t *page_errors(const struct ts_result *const *results, int count,
                    const struct ts_recorded_errors *recorded, struct ts_arena *arena)
{
    json_t *list = json_array();
    for (int i = 0; recorded && i < count; i++) {
        json_t *machine = is_first(results, i, recorded, arena)
                              ? machine_tree(recorded, results[i], arena)
                              : NULL;
        if (machine) {
            json_array_append_new(list, machine);
        }
    }
    return list;
}
