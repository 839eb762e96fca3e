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
        if (axis->kind == TS_AXIS_TRANSFORMS) {
            json_object_set_new(object, axis->key, json_words(text));
        } else if (*text) {
            json_object_set_new(object, axis->key, json_value(text));
        }
    }
    return keep(object, arena);
}

static void put_text(json_t *object, const char *key, const char *text)
{
    if (text) {
        json_object_set_new(object, key, json_string(text));
    }
}

static void put_count(json_t *object, const char *key, int64_t count)
{
    if (count > 0) {
        json_object_set_new(object, key, json_integer(count));
    }
}

static void put_training(json_t *object, const struct ts_job *job)
{
    static const char *const mixed[] = {
        [TS_MIXED_AUTO] = NULL, [TS_MIXED_ON] = "on", [TS_MIXED_OFF] = "off"};
    put_text(object, "optimizer", job->optimizer);
    put_text(object, "mixed-precision", mixed[job->mixed]);
    put_count(object, "accumulate", job->micro_batches);
    put_count(object, "checkpoint", job->checkpoint);
    put_text(object, "checkpoint", job->checkpoint == TS_CHECKPOINT_SQRT ? "sqrt" : NULL);
}

const char *ts_store_job_settings(const struct ts_job *job, struct ts_arena *arena)
{
    static const char *const phases[] = {
        [TS_PHASE_NONE] = NULL, [TS_PHASE_PREFILL] = "prefill", [TS_PHASE_DECODE] = "decode"};
    json_t *object = json_object();
    for (int i = 0; i < job->override_count; i++) {
        json_object_set_new(object, job->overrides[i].key, json_value(job->overrides[i].value));
    }
    put_count(object, "seq", job->sequence);
    put_text(object, "phase", phases[job->phase]);
    put_count(object, "context", job->context);
    put_training(object, job);
    put_text(object, "numerics", job->numerics ? "on" : NULL);
    if (job->transform_count > 0) {
        json_t *list = json_array();
        for (int i = 0; i < job->transform_count; i++) {
            json_array_append_new(list, json_string(job->transforms[i]));
        }
        json_object_set_new(object, "transforms", list);
    }
    return keep(object, arena);
}
