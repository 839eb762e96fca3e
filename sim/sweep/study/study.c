/* The table of a study: axes with their distinct values, and columns. */
#include "tessera/study.h"

#include "base/json_path.h"
#include "tessera/hash.h"

#include <inttypes.h>
#include <string.h>

static const char *const fixed_axes[TS_STUDY_FIRST_SETTING] = {"arch", "workload", "batch",
                                                               "precision", "mode"};

void ts_study_init(struct ts_study *study, struct ts_arena *arena)
{
    *study = (struct ts_study){.arena = arena, .axis_count = TS_STUDY_FIRST_SETTING};
    for (int i = 0; i < TS_STUDY_FIRST_SETTING; i++) {
        study->axes[i].name = fixed_axes[i];
    }
}

/* Makes columns of the factors of a name such as a*b/c. False when it is none. */
static bool split_product(struct ts_study *study, struct ts_study_column *column)
{
    const char *at = column->name;
    int power = 1;
    column->scale = 1;
    while (column->factor_count < TS_STUDY_MAX_FACTORS) {
        size_t length = strcspn(at, "*/");
        const char *word = ts_arena_strndup(study->arena, at, length);
        struct ts_axis_value number = ts_axis_value(word);
        if (length == 0) {
            return false;
        }
        if (number.is_number) {
            column->scale *= power > 0 ? number.number : 1 / number.number;
        } else {
            int factor = ts_study_column(study, word);
            column->factors[column->factor_count] = factor;
            column->powers[column->factor_count++] = power;
            if (factor < 0) {
                return false;
            }
        }
        if (at[length] == '\0') {
            return column->factor_count > 0;
        }
        power = at[length] == '*' ? 1 : -1;
        at += length + 1;
    }
    return false;
}

int ts_study_column(struct ts_study *study, const char *name)
{
    for (int i = 0; i < study->column_count; i++) {
        if (strcmp(study->columns[i].name, name) == 0) {
            return i;
        }
    }
    if (study->column_count == TS_STUDY_MAX_COLUMNS) {
        return -1;
    }
    int number = study->column_count++;
    struct ts_study_column *column = &study->columns[number];
    *column = (struct ts_study_column){.name = name, .axis = -1};
    if (name[strcspn(name, "*/")] && !split_product(study, column)) {
        column->factor_count = 0;
    }
    return number;
}

/* ------------------------------------------------------------------ axes */

static void *grown(struct ts_arena *arena, const void *old, size_t used, size_t capacity,
                   size_t element_bytes)
{
    void *larger = ts_arena_array(arena, capacity, element_bytes);
    if (used > 0) {
        memcpy(larger, old, used * element_bytes);
    }
    return larger;
}

/* The slot of a text: where it is, or where it would go. */
static int *slot_of(const struct ts_study_axis *axis, const char *text)
{
    uint64_t at = ts_hash_text(TS_HASH_INIT, text);
    for (;; at++) {
        int *slot = &axis->slots[at % (uint64_t)axis->slot_count];
        if (*slot == 0 || strcmp(axis->values[*slot - 1].text, text) == 0) {
            return slot;
        }
    }
}

static void grow_axis(struct ts_study_axis *axis, struct ts_arena *arena)
{
    axis->capacity = axis->capacity ? 2 * axis->capacity : 16;
    axis->values = grown(arena, axis->values, (size_t)axis->count, (size_t)axis->capacity,
                         sizeof *axis->values);
    axis->slot_count = 2 * axis->capacity;
    axis->slots = TS_NEW_ARRAY(arena, axis->slot_count, int);
    for (int i = 0; i < axis->count; i++) {
        *slot_of(axis, axis->values[i].text) = i + 1;
    }
}

static int value_number(struct ts_study_axis *axis, const char *text, struct ts_arena *arena)
{
    if (axis->count == axis->capacity) {
        grow_axis(axis, arena);
    }
    int *slot = slot_of(axis, text);
    if (*slot == 0) {
        axis->values[axis->count++] = ts_axis_value(ts_arena_strdup(arena, text));
        *slot = axis->count;
    }
    return *slot - 1;
}

static int axis_number(struct ts_study *study, const char *name)
{
    for (int i = 0; i < study->axis_count; i++) {
        if (strcmp(study->axes[i].name, name) == 0) {
            return i;
        }
    }
    if (study->axis_count == TS_STUDY_MAX_AXES) {
        return -1;
    }
    study->axes[study->axis_count].name = ts_arena_strdup(study->arena, name);
    return study->axis_count++;
}

int ts_study_axis_index(const struct ts_study_point *point, int axis)
{
    return axis < point->axis_count ? point->axis[axis] : -1;
}

bool ts_study_varies(const struct ts_study *study, int axis)
{
    for (int64_t i = 1; i < study->count; i++) {
        if (ts_study_axis_index(&study->points[i], axis) !=
            ts_study_axis_index(&study->points[0], axis)) {
            return true;
        }
    }
    return false;
}

/* ------------------------------------------------------------------ points */

/* A value as text; "" for what is neither text nor number. Lists are joined with blanks. */
static const char *text_of(const json_t *value, struct ts_arena *arena)
{
    if (json_is_integer(value)) {
        return ts_arena_printf(arena, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
    }
    if (json_is_real(value)) {
        return ts_arena_printf(arena, "%.15g", json_real_value(value));
    }
    const char *joined = json_is_string(value) ? json_string_value(value) : "";
    for (size_t i = 0; i < json_array_size(value); i++) {
        joined = ts_arena_printf(arena, "%s%s%s", joined, i > 0 ? " " : "",
                                 text_of(json_array_get(value, i), arena));
    }
    return joined;
}

static bool fail(struct ts_diagnostics *diagnostics, const struct ts_study_row *row,
                 enum ts_error code, const char *what)
{
    struct ts_place place = {.file = row->source};
    return ts_diag_error(diagnostics, code, place, "result %" PRId64 ": %s", row->id, what);
}

static bool add_settings(struct ts_study *study, const struct ts_study_row *row, int *numbers,
                         struct ts_diagnostics *diagnostics)
{
    json_t *settings = json_loads(row->settings, 0, NULL);
    const char *key;
    json_t *value;
    bool ok = json_is_object(settings) ||
              fail(diagnostics, row, TS_ERROR_SYNTAX, "its settings are no JSON object");
    json_object_foreach(settings, key, value)
    {
        struct ts_arena scratch = TS_ARENA_INIT;
        int axis = axis_number(study, key);
        ok = ok && (axis >= 0 || fail(diagnostics, row, TS_ERROR_LIMIT, "too many axes"));
        if (ok && axis >= TS_STUDY_FIRST_SETTING) {
            numbers[axis] =
                value_number(&study->axes[axis], text_of(value, &scratch), study->arena);
        }
        ts_arena_release(&scratch);
    }
    json_decref(settings);
    return ok;
}

static bool add_axes(struct ts_study *study, const struct ts_study_row *row,
                     struct ts_study_point *point, struct ts_diagnostics *diagnostics)
{
    int numbers[TS_STUDY_MAX_AXES];
    char batch[24];
    snprintf(batch, sizeof batch, "%" PRId64, row->batch);
    const char *const texts[TS_STUDY_FIRST_SETTING] = {row->arch, row->workload, batch,
                                                       row->precision, row->mode};
    for (int i = 0; i < TS_STUDY_MAX_AXES; i++) {
        numbers[i] = -1;
    }
    for (int i = 0; i < TS_STUDY_FIRST_SETTING; i++) {
        numbers[i] = value_number(&study->axes[i], texts[i], study->arena);
    }
    if (!add_settings(study, row, numbers, diagnostics)) {
        return false;
    }
    int *kept = TS_NEW_ARRAY(study->arena, study->axis_count, int);
    memcpy(kept, numbers, (size_t)study->axis_count * sizeof *kept);
    point->axis = kept;
    point->axis_count = study->axis_count;
    return true;
}

static bool add_figures(struct ts_study *study, const struct ts_study_row *row,
                        struct ts_study_point *point, struct ts_diagnostics *diagnostics)
{
    json_t *result = json_loads(row->result, 0, NULL);
    if (!json_is_object(result)) {
        json_decref(result);
        return fail(diagnostics, row, TS_ERROR_SYNTAX, "it is no JSON object");
    }
    struct ts_axis_value *figures =
        TS_NEW_ARRAY(study->arena, study->column_count, struct ts_axis_value);
    for (int i = 0; i < study->column_count; i++) {
        struct ts_study_column *column = &study->columns[i];
        const json_t *node = json_path_find(result, column->name, NULL);
        if (json_is_number(node)) {
            figures[i] = (struct ts_axis_value){"", true, json_number_value(node)};
            column->any_number = true;
        } else if (json_is_string(node)) {
            figures[i] = ts_axis_value(ts_arena_strdup(study->arena, json_string_value(node)));
        }
        column->any |= figures[i].text != NULL;
    }
    point->figures = figures;
    json_decref(result);
    return true;
}

bool ts_study_add(struct ts_study *study, const struct ts_study_row *row,
                  struct ts_diagnostics *diagnostics)
{
    if (study->count == study->capacity) {
        study->capacity = study->capacity ? 2 * study->capacity : 256;
        study->points = grown(study->arena, study->points, (size_t)study->count,
                              (size_t)study->capacity, sizeof *study->points);
    }
    struct ts_study_point *point = &study->points[study->count];
    *point = (struct ts_study_point){.source = row->source, .id = row->id};
    if (!add_axes(study, row, point, diagnostics) || !add_figures(study, row, point, diagnostics)) {
        return false;
    }
    if (study->count++ == 0) {
        study->example = ts_arena_strdup(study->arena, row->result);
    }
    return true;
}

static struct ts_axis_value product(const struct ts_study *study,
                                    const struct ts_study_point *point,
                                    const struct ts_study_column *column)
{
    struct ts_axis_value value = {"", column->factor_count > 0, column->scale};
    for (int i = 0; i < column->factor_count; i++) {
        struct ts_axis_value factor = ts_study_value(study, point, column->factors[i]);
        value.is_number &= factor.is_number;
        value.number *= column->powers[i] > 0 ? factor.number : 1 / factor.number;
    }
    value.is_number &= value.number - value.number == 0; /* finite */
    return value;
}

struct ts_axis_value ts_study_value(const struct ts_study *study,
                                    const struct ts_study_point *point, int column)
{
    int axis = study->columns[column].axis;
    if (axis >= 0) {
        int number = ts_study_axis_index(point, axis);
        return number >= 0 ? study->axes[axis].values[number] : (struct ts_axis_value){.text = ""};
    }
    const struct ts_axis_value *figure = &point->figures[column];
    return figure->text ? *figure : product(study, point, &study->columns[column]);
}
