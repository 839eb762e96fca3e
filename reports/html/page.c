/* The HTML report: a frame made at build time, and the results as JSON in it. */
#include "reports/tree.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define TITLE_PLACE "<!--tessera:title-->"
#define DATA_PLACE "<!--tessera:data-->"

/* ------------------------------------------------------------------ the frame */

/* Beside an installed program, else where the build made it. */
static const char *default_page(struct ts_arena *arena)
{
    char program[PATH_MAX];
    ssize_t length = readlink("/proc/self/exe", program, sizeof program - 1);
    program[length > 0 ? length : 0] = '\0';
    char *slash = strrchr(program, '/');
    if (slash) {
        *slash = '\0';
        const char *page = ts_arena_printf(arena, "%s/%s", program, TESSERA_INSTALLED_PAGE);
        if (access(page, R_OK) == 0) {
            return page;
        }
    }
    return TESSERA_BUILT_PAGE;
}

static char *load(const char *path, struct ts_arena *arena, struct ts_diagnostics *diagnostics)
{
    struct ts_place place = {.file = path};
    FILE *file = fopen(path, "rb");
    if (!file || fseek(file, 0, SEEK_END) != 0) {
        ts_diag_error(diagnostics, TS_ERROR_FILE, place, "cannot read the report's page: %s",
                      strerror(errno));
        ts_diag_help(diagnostics, "it is made when Tessera is built, from Debian's libjs-vega");
        if (file) {
            fclose(file);
        }
        return NULL;
    }
    long size = ftell(file);
    rewind(file);
    char *text = ts_arena_alloc(arena, (size_t)size + 1);
    bool complete = fread(text, 1, (size_t)size, file) == (size_t)size;
    fclose(file);
    if (!complete) {
        ts_diag_error(diagnostics, TS_ERROR_FILE, place, "cannot read the report's page");
        return NULL;
    }
    return text;
}

/* ------------------------------------------------------------------ the data */

static bool same_work(const struct ts_result *a, const struct ts_result *b)
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
static json_t *readings(const struct ts_result *const *results, int count, struct ts_arena *arena)
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
            if (!done[i] && same_work(results[first], results[i])) {
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

/* Within a script element "</script" and "<!--" mean something: no '<' stands there as such. It
 * occurs in texts alone, where an escape means the same. */
static int write_escaped(const char *text, size_t length, void *stream)
{
    for (size_t i = 0; i < length; i++) {
        if (text[i] == '<') {
            fputs("\\u003c", stream);
        } else {
            fputc(text[i], stream);
        }
    }
    return 0;
}

static void write_data(const struct ts_result *const *results, int count, struct ts_arena *arena,
                       FILE *stream)
{
    json_t *list = json_array();
    for (int i = 0; i < count; i++) {
        json_array_append_new(list, result_tree(results[i]));
    }
    json_t *data =
        json_pack("{s:o, s:o}", "readings", readings(results, count, arena), "results", list);
    if (!data) {
        ts_bug("the page's data could not be made");
    }
    json_dump_callback(data, write_escaped, stream, JSON_COMPACT | JSON_REAL_PRECISION(17));
    json_decref(data);
}

static void write_text(const char *text, FILE *stream)
{
    for (; *text; text++) {
        if (strchr("<>&\"", *text)) {
            fprintf(stream, "&#%d;", *text);
        } else {
            fputc(*text, stream);
        }
    }
}

static const char *default_title(const struct ts_result *const *results, int count,
                                 struct ts_arena *arena)
{
    for (int i = 1; i < count; i++) {
        if (!same_work(results[0], results[i])) {
            return ts_arena_printf(arena, "%d results", count);
        }
    }
    return count == 1
               ? ts_arena_printf(arena, "%s on %s", results[0]->workload.name,
                                 results[0]->arch.name)
               : ts_arena_printf(arena, "%s on %d machines", results[0]->workload.name, count);
}

bool ts_report_html(const struct ts_result *const *results, int count,
                    const struct ts_html_options *options, struct ts_diagnostics *diagnostics,
                    FILE *stream)
{
    struct ts_arena arena = TS_ARENA_INIT;
    const char *path = options->page ? options->page : default_page(&arena);
    const char *title = options->title ? options->title : default_title(results, count, &arena);
    char *rest = load(path, &arena, diagnostics);
    bool ok = rest != NULL;
    const char *data = ok ? strstr(rest, DATA_PLACE) : NULL;
    if (ok && (!data || !strstr(rest, TITLE_PLACE))) {
        struct ts_place place = {.file = path};
        ok = ts_diag_error(diagnostics, TS_ERROR_SYNTAX, place,
                           "no page of a report: it has no places for title and data");
    }
    /* The title may stand in several places, before the data and behind. */
    while (ok && *rest) {
        if (strncmp(rest, TITLE_PLACE, sizeof TITLE_PLACE - 1) == 0) {
            write_text(title, stream);
            rest += sizeof TITLE_PLACE - 1;
        } else if (rest == data) {
            write_data(results, count, &arena, stream);
            rest += sizeof DATA_PLACE - 1;
        } else {
            fputc(*rest++, stream);
        }
    }
    ts_arena_release(&arena);
    return ok;
}
