#include "cli/precisions.h"

#include "tessera/technology.h"
#include "tessera/yaml_tree.h"

#include <jansson.h>
#include <math.h>
#include <stdlib.h>

enum { MAX_TECHNOLOGIES = 64 };

struct technologies {
    const struct ts_technology *items[MAX_TECHNOLOGIES];
    int count;
};

static int by_node(const void *a, const void *b)
{
    double x = (*(const struct ts_technology *const *)a)->process_nm;
    double y = (*(const struct ts_technology *const *)b)->process_nm;
    return (x < y) - (x > y);
}

/* All of them, widest node first. */
static bool load_all(struct cli_session *session, struct technologies *all)
{
    const char *const *names;
    int count = ts_config_list("technology", &session->arena, &names, NULL);
    all->count = 0;
    for (int i = 0; i < count && i < MAX_TECHNOLOGIES; i++) {
        if (!ts_technology_load(names[i], (struct ts_place){.file = NULL}, &session->arena,
                                &session->diagnostics, &all->items[all->count++])) {
            return false;
        }
    }
    qsort(all->items, (size_t)all->count, sizeof *all->items, by_node);
    return true;
}

/* Has a source's figures, not only ones between those of other nodes. */
static bool is_published(const struct ts_technology *technology)
{
    for (int p = 0; p < TS_PRECISION_COUNT; p++) {
        if (ts_technology_arithmetic(technology, (enum ts_precision)p).multiply_is_published) {
            return true;
        }
    }
    return false;
}

static bool has_areas(const struct ts_technology *technology)
{
    for (int p = 0; p < TS_PRECISION_COUNT; p++) {
        if (ts_technology_arithmetic(technology, (enum ts_precision)p).multiply_um2 > 0) {
            return true;
        }
    }
    return false;
}

static double smallest(const struct ts_precision_info *info)
{
    if (!info->is_float) {
        return 1;
    }
    int least_exponent = 2 - (1 << (info->exponent_bits - 1));
    return ldexp(1, least_exponent - info->mantissa_bits);
}

/* ------------------------------------------------------------------ text */

static void write_figure(FILE *stream, double value, bool is_estimate)
{
    char text[24] = "-";
    if (value > 0) {
        snprintf(text, sizeof text, "%s%.3g", is_estimate ? "~" : "", value);
    }
    fprintf(stream, "  %9s", text);
}

static void write_area(FILE *stream, double value)
{
    char text[24] = "-";
    if (value > 0) {
        snprintf(text, sizeof text, "%.0f", value);
    }
    fprintf(stream, "  %9s", text);
}

static void write_heading(FILE *stream, const struct technologies *shown)
{
    fprintf(stream, "%-9s  %4s  %9s  %9s  %9s  %7s", "", "", "", "", "", "");
    for (int i = 0; i < shown->count; i++) {
        bool areas = has_areas(shown->items[i]);
        char title[48];
        snprintf(title, sizeof title, "%s, pJ%s", shown->items[i]->name, areas ? " and um2" : "");
        fprintf(stream, "  %*s", areas ? 42 : 20, title);
    }
    fprintf(stream, "\n%-9s  %4s  %9s  %9s  %9s  %7s", "precision", "bits", "largest", "smallest",
            "epsilon", "sums in");
    for (int i = 0; i < shown->count; i++) {
        fprintf(stream, "  %9s  %9s", "multiply", "add");
        if (has_areas(shown->items[i])) {
            fprintf(stream, "  %9s  %9s", "multiply", "add");
        }
    }
    fputc('\n', stream);
}

static void write_row(FILE *stream, enum ts_precision precision, const struct technologies *shown)
{
    const struct ts_precision_info *info = ts_precision_info(precision);
    fprintf(stream, "%-9s  %4d  %9.4g  %9.3g  %9.3g  %7s", info->name, info->storage_bits,
            info->max_value, smallest(info), info->epsilon,
            info->is_float ? ts_precision_info(info->accumulator)->name : "-");
    for (int i = 0; i < shown->count; i++) {
        struct ts_arithmetic_cost cost = ts_technology_arithmetic(shown->items[i], precision);
        write_figure(stream, cost.multiply_pj, !cost.multiply_is_published);
        write_figure(stream, cost.add_pj, !cost.add_is_published);
        if (has_areas(shown->items[i])) {
            write_area(stream, cost.multiply_um2);
            write_area(stream, cost.add_um2);
        }
    }
    fputc('\n', stream);
}

static void write_text(FILE *stream, const struct technologies *all)
{
    struct technologies shown = {.count = 0};
    for (int i = 0; i < all->count; i++) {
        if (is_published(all->items[i])) {
            shown.items[shown.count++] = all->items[i];
        }
    }
    write_heading(stream, &shown);
    for (int p = 0; p < TS_PRECISION_COUNT; p++) {
        write_row(stream, (enum ts_precision)p, &shown);
    }
    fputc('\n', stream);
    for (int i = 0; i < shown.count; i++) {
        fprintf(stream, "%s\n", shown.items[i]->description);
    }
    fputs(
        "~ estimated by the rule that configs/technology states: mostly a multiplier's energy as\n"
        "  the square of the significand's width, an adder's as its width\n"
        "- no source has a figure\n"
        "-f json and -f csv have the other nodes too, interpolated between these\n",
        stream);
}

/* ------------------------------------------------------------------ CSV and JSON */

static void write_csv(FILE *stream, const struct technologies *all)
{
    fputs("precision,storage_bits,exponent_bits,mantissa_bits,largest,smallest,epsilon,technology,"
          "process_nm,multiply_pj,multiply_is_published,add_pj,add_is_published,multiply_um2,"
          "add_um2\n",
          stream);
    for (int p = 0; p < TS_PRECISION_COUNT; p++) {
        const struct ts_precision_info *info = ts_precision_info((enum ts_precision)p);
        for (int i = 0; i < all->count; i++) {
            const struct ts_technology *node = all->items[i];
            struct ts_arithmetic_cost cost =
                ts_technology_arithmetic(all->items[i], (enum ts_precision)p);
            fprintf(stream, "%s,%d,%d,%d,%.17g,%.17g,%.17g,%s,%g,%g,%d,%g,%d,", info->name,
                    info->storage_bits, info->exponent_bits, info->mantissa_bits, info->max_value,
                    smallest(info), info->epsilon, node->name, node->process_nm, cost.multiply_pj,
                    cost.multiply_is_published, cost.add_pj, cost.add_is_published);
            fprintf(stream, cost.multiply_um2 > 0 ? "%g," : ",", cost.multiply_um2);
            fprintf(stream, cost.add_um2 > 0 ? "%g\n" : "\n", cost.add_um2);
        }
    }
}

static json_t *cost_tree(const struct ts_technology *technology, enum ts_precision precision)
{
    const struct ts_technology *node = technology;
    struct ts_arithmetic_cost cost = ts_technology_arithmetic(technology, precision);
    json_t *tree = json_pack("{s:s, s:f, s:f, s:b, s:f, s:b}", "technology", node->name,
                             "process_nm", node->process_nm, "multiply_pj", cost.multiply_pj,
                             "multiply_is_published", cost.multiply_is_published, "add_pj",
                             cost.add_pj, "add_is_published", cost.add_is_published);
    if (cost.multiply_um2 > 0) {
        json_object_set_new(tree, "multiply_um2", json_real(cost.multiply_um2));
    }
    if (cost.add_um2 > 0) {
        json_object_set_new(tree, "add_um2", json_real(cost.add_um2));
    }
    return tree;
}

static void write_json(FILE *stream, const struct technologies *all)
{
    json_t *list = json_array();
    for (int p = 0; p < TS_PRECISION_COUNT; p++) {
        const struct ts_precision_info *info = ts_precision_info((enum ts_precision)p);
        json_t *costs = json_array();
        for (int i = 0; i < all->count; i++) {
            json_array_append_new(costs, cost_tree(all->items[i], (enum ts_precision)p));
        }
        json_array_append_new(list,
                              json_pack("{s:s, s:i, s:i, s:i, s:f, s:f, s:f, s:o}", "name",
                                        info->name, "storage_bits", info->storage_bits,
                                        "exponent_bits", info->exponent_bits, "mantissa_bits",
                                        info->mantissa_bits, "largest", info->max_value, "smallest",
                                        smallest(info), "epsilon", info->epsilon, "costs", costs));
    }
    json_t *tree = json_pack("{s:s, s:o}", "schema", "tessera.precisions/1", "precisions", list);
    json_dumpf(tree, stream, JSON_INDENT(2));
    fputc('\n', stream);
    json_decref(tree);
}

bool list_precisions(struct cli_session *session, enum cli_format format, FILE *stream)
{
    struct technologies all;
    if (!load_all(session, &all)) {
        return false;
    }
    if (format == CLI_JSON) {
        write_json(stream, &all);
    } else if (format == CLI_CSV) {
        write_csv(stream, &all);
    } else {
        write_text(stream, &all);
    }
    return true;
}
