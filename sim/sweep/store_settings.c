/* The column `settings`: a JSON object with a member for each axis. */
#include "tessera/store.h"

#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

/* Whole numbers stay whole; what is no number is a text. */
static json_t *json_value(const char *text)
{
    struct ts_axis_value value = ts_axis_value(text);
    char *end = NULL;
    errno = 0;
    long long whole = strtoll(text, &end, 10);
    if (value.is_number && *end == '\0' && errno == 0) {
        return json_integer(whole);
    }
    return value.is_number ? json_real(value.number) : json_string(text);
}

/* Transforms of one point stand with blanks between. */
static json_t *json_words(const char *text)
{
    json_t *list = json_array();
    text += strspn(text, " ");
    while (*text) {
        size_t length = strcspn(text, " ");
        json_array_append_new(list, json_stringn(text, length));
        text += length;
        text += strspn(text, " ");
    }
    return list;
}

static const char *keep(json_t *object, struct ts_arena *arena)
{
    char *text = json_dumps(object, JSON_COMPACT | JSON_REAL_PRECISION(15));
    if (!text) {
        ts_bug("out of memory");
    }
    const char *kept = ts_arena_strdup(arena, text);
    free(text);
    json_decref(object);
    return kept;
}

const char *ts_store_point_settings(const struct ts_sweep *sweep, int64_t position,
                                    struct ts_arena *arena)
{
    int arch, workload, indices[TS_SWEEP_MAX_AXES];
    json_t *object = json_object();
    ts_sweep_position(sweep, position, &arch, &workload, indices);
    for (int i = 0; i < sweep->axis_count; i++) {
        const struct ts_axis *axis = &sweep->axes[i];
        const char *text = axis->values[indices[i]].text;
        json_object_set_new(object, axis->key,
                            axis->kind == TS_AXIS_TRANSFORMS ? json_words(text) : json_value(text));
    }
    return keep(object, arena);
}

const char *ts_store_job_settings(const struct ts_job *job, struct ts_arena *arena)
{
    json_t *object = json_object();
    for (int i = 0; i < job->override_count; i++) {
        json_object_set_new(object, job->overrides[i].key, json_value(job->overrides[i].value));
    }
    if (job->sequence > 0) {
        json_object_set_new(object, "seq", json_integer(job->sequence));
    }
    if (job->phase != TS_PHASE_NONE) {
        const char *phase = job->phase == TS_PHASE_DECODE ? "decode" : "prefill";
        json_object_set_new(object, "phase", json_string(phase));
    }
    if (job->context > 0) {
        json_object_set_new(object, "context", json_integer(job->context));
    }
    if (job->transform_count > 0) {
        json_t *list = json_array();
        for (int i = 0; i < job->transform_count; i++) {
            json_array_append_new(list, json_string(job->transforms[i]));
        }
        json_object_set_new(object, "transforms", list);
    }
    return keep(object, arena);
}
