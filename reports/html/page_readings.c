/* What is said of the results in words. */
#include "reports/html/page_data.h"

#include <stdlib.h>
#include <string.h>

bool page_same_work(const struct ts_result *a, const struct ts_result *b)
{
    return strcmp(a->workload.name, b->workload.name) == 0 &&
           strcmp(a->workload.mode, b->workload.mode) == 0 &&
           a->workload.batch == b->workload.batch;
}

/* Lines that begin with a blank go on with the one before. */
static json_t *paragraphs(char *text)
{
    json_t *list = json_array();
    char *end = text + strlen(text);
    for (char *line = text; line < end;) {
        char *stop = line;
        while ((stop = strchr(stop, '\n')) && stop[1] == ' ') {
            stop[0] = ' ';
            memmove(stop + 1, stop + 3, strlen(stop + 3) + 1);
            end -= 2;
        }
        if (stop) {
            *stop = '\0';
        }
        json_array_append_new(list, json_string(line));
        line = stop ? stop + 1 : end;
    }
    return list;
}

static json_t *reading_of(const struct ts_result *const *results, int count)
{
    char *text = NULL;
    size_t length = 0;
    FILE *stream = open_memstream(&text, &length);
    if (!stream) {
        ts_bug("out of memory");
    }
    ts_comparison_reading(results, count, stream);
    fclose(stream);
    json_t *list = paragraphs(text);
    free(text);
    return list;
}

/* Results of equal work are read together; a probe of a memory has nothing to read. */
json_t *page_readings(const struct ts_result *const *results, int count, struct ts_arena *arena)
{
    json_t *list = json_array();
    bool *done = TS_NEW_ARRAY(arena, count, bool);
    const struct ts_result **group = TS_NEW_ARRAY(arena, count, const struct ts_result *);
    for (int i = 0; i < count; i++) {
        done[i] = results[i]->average_latency_ns >= 0;
    }
    for (int first = 0; first < count; first++) {
        if (done[first]) {
            continue;
        }
        int members = 0;
        json_t *indices = json_array();
        for (int i = first; i < count; i++) {
            if (!done[i] && page_same_work(results[first], results[i])) {
                done[i] = true;
                group[members++] = results[i];
                json_array_append_new(indices, json_integer(i));
            }
        }
        json_array_append_new(list, json_pack("{s:o, s:o}", "results", indices, "paragraphs",
                                              reading_of(group, members)));
    }
    return list;
}
