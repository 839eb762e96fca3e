/* The HTML report: a frame made at build time, and the results as JSON in it. */
#include "reports/html/page_data.h"
#include "reports/tree.h"
#include "tessera/file.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define TITLE_PLACE "<!--tessera:title-->"
#define DATA_PLACE "<!--tessera:data-->"

enum { MAX_PAGE_BYTES = 64 << 20 };

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
    size_t length = 0;
    char *text = ts_file_read(path, MAX_PAGE_BYTES, &length);
    if (!text) {
        ts_diag_error(diagnostics, TS_ERROR_FILE, place, "cannot read the report's page: %s",
                      strerror(errno));
        ts_diag_help(diagnostics, "it is made when Tessera is built, from Debian's libjs-vega");
        return NULL;
    }
    char *kept = ts_arena_strndup(arena, text, length);
    free(text);
    return kept;
}

/* ------------------------------------------------------------------ the data */

/* Within a script element "</script" and "<!--" mean something: no '<' stands there as such. It
 * occurs in texts alone, where an escape means the same. */
static int write_escaped(const char *text, size_t length, void *stream)
{
    while (length > 0) {
        const char *found = memchr(text, '<', length);
        size_t plain = found ? (size_t)(found - text) : length;
        fwrite(text, 1, plain, stream);
        if (found) {
            fputs("\\u003c", stream);
            plain++;
        }
        text += plain;
        length -= plain;
    }
    return 0;
}

/* Results that are all the points there are. */
static const struct ts_point *points_of(const struct ts_result *const *results, int count,
                                        struct ts_arena *arena)
{
    struct ts_point *points = TS_NEW_ARRAY(arena, count, struct ts_point);
    for (int i = 0; i < count; i++) {
        points[i] = (struct ts_point){
            .arch = results[i]->arch.name,
            .workload = results[i]->workload.name,
            .precision = results[i]->workload.precision,
            .mode = results[i]->workload.mode,
            .batch = results[i]->workload.batch,
            .options = results[i]->provenance.options,
            .result = results[i],
            .detail = i,
        };
    }
    return points;
}

static void write_data(const struct ts_result *const *results, int count,
                       const struct ts_html_options *options, struct ts_arena *arena, FILE *stream)
{
    bool given = options->points != NULL;
    const struct ts_point *points = given ? options->points : points_of(results, count, arena);
    json_t *list = json_array();
    for (int i = 0; i < count; i++) {
        json_array_append_new(list, result_tree(results[i]));
    }
    json_t *data = json_pack(
        "{s:o, s:o, s:o, s:o, s:o}", "readings", page_readings(results, count, arena), "timelines",
        page_timelines(options->timelines, options->timeline_count, results, count), "points",
        page_points(points, given ? options->point_count : count, arena), "errors",
        page_errors(results, count, options->errors, arena), "results", list);
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

static const char *machine(const struct ts_result *result)
{
    return result->arch.name;
}

static const char *network(const struct ts_result *result)
{
    return result->workload.name;
}

/* The name that all results have, or how many there are: "resnet50", "3 networks". */
static const char *name_or_count(const struct ts_result *const *results, int count,
                                 const char *(*name)(const struct ts_result *), const char *plural,
                                 int *names, struct ts_arena *arena)
{
    *names = 0;
    for (int i = 0; i < count; i++) {
        bool is_new = true;
        for (int j = 0; is_new && j < i; j++) {
            is_new = strcmp(name(results[i]), name(results[j])) != 0;
        }
        *names += is_new;
    }
    return *names == 1 ? name(results[0]) : ts_arena_printf(arena, "%d %s", *names, plural);
}

/* `count` results of `total` points that there are. */
static const char *default_title(const struct ts_result *const *results, int count, int total,
                                 struct ts_arena *arena)
{
    int machines = 0, networks = 0;
    const char *what = name_or_count(results, count, network, "networks", &networks, arena);
    const char *where = name_or_count(results, count, machine, "machines", &machines, arena);
    return total == machines && networks == 1
               ? ts_arena_printf(arena, "%s on %s", what, where)
               : ts_arena_printf(arena, "%s on %s, %d points", what, where, total);
}

bool ts_report_html(const struct ts_result *const *results, int count,
                    const struct ts_html_options *options, struct ts_diagnostics *diagnostics,
                    FILE *stream)
{
    struct ts_arena arena = TS_ARENA_INIT;
    const char *path = options->page ? options->page : default_page(&arena);
    const char *title =
        options->title
            ? options->title
            : default_title(results, count, options->points ? options->point_count : count, &arena);
    char *rest = load(path, &arena, diagnostics);
    bool ok = rest != NULL;
    for (int i = 0; i < options->timeline_count && ok; i++) {
        ok = page_has_result(&options->timelines[i], results, count, diagnostics);
    }
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
            write_data(results, count, options, &arena, stream);
            rest += sizeof DATA_PLACE - 1;
        } else {
            fputc(*rest++, stream);
        }
    }
    ts_arena_release(&arena);
    return ok;
}
