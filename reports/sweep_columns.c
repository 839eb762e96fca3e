#include "reports/sweep_columns.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

const char *column_text(const struct finder *find, int i, int column)
{
    return find->table->rows[find->rows[i]].fields[column];
}

static bool same(const struct finder *find, int i, int j, int column)
{
    return column < 0 || strcmp(column_text(find, i, column), column_text(find, j, column)) == 0;
}

bool column_varies(const struct finder *find, int column)
{
    for (int i = 1; i < find->row_count; i++) {
        if (!same(find, 0, i, column)) {
            return true;
        }
    }
    return false;
}

/* Does `column` follow from x, the panel and the lines so far, as a machine's own precision does?
 */
bool column_follows(const struct finder *find, int column)
{
    for (int i = 0; i < find->row_count; i++) {
        for (int j = 0; j < i; j++) {
            bool alike = same(find, i, j, find->panel) && same(find, i, j, find->x);
            for (int c = 0; alike && c < find->line_columns; c++) {
                alike = same(find, i, j, find->line[c]);
            }
            if (alike && !same(find, i, j, column)) {
                return false;
            }
        }
    }
    return true;
}

/* Does `column` follow from `from` alone? */
bool column_follows_from(const struct finder *find, int column, int from)
{
    for (int i = 0; i < find->row_count; i++) {
        for (int j = 0; j < i; j++) {
            if (same(find, i, j, from) && !same(find, i, j, column)) {
                return false;
            }
        }
    }
    return true;
}

/* "" is all of it: 1. */
bool column_number(const char *text, const struct affix *affix, double *value)
{
    char *end = NULL;
    if (affix && affix->prefix > 0 && !*text) {
        *value = 1;
        return true;
    }
    const char *start = text + (affix ? affix->prefix : 0);
    *value = strtod(start, &end);
    return end != start && strcmp(end, affix ? affix->suffix : "") == 0 && isfinite(*value);
}

/* Those of the first text that is not empty, if it is a transform. */
struct affix column_affix(const struct finder *find, int column)
{
    struct affix affix = {0, ""};
    const char *text = "";
    for (int i = 0; i < find->row_count && !*text; i++) {
        text = column_text(find, i, column);
    }
    const char *colon = strchr(text, ':');
    if (colon) {
        affix.prefix = (size_t)(colon - text) + 1;
        affix.suffix = colon + strcspn(colon, " ");
    }
    for (int i = 0; i < find->row_count; i++) {
        if (*column_text(find, i, column) &&
            strncmp(column_text(find, i, column), text, affix.prefix) != 0) {
            return (struct affix){0, ""};
        }
    }
    return affix;
}

bool column_is_own(const char *text, const struct affix *affix)
{
    return !*text && affix->prefix == 0;
}

bool column_all_numbers(const struct finder *find, int column)
{
    struct affix affix = column_affix(find, column);
    double value;
    int numbers = 0;
    for (int i = 0; i < find->row_count; i++) {
        const char *text = column_text(find, i, column);
        if (column_is_own(text, &affix)) {
            continue;
        }
        if (!column_number(text, &affix, &value)) {
            return false;
        }
        numbers++;
    }
    return numbers > 0;
}

/* The different texts of a column, in the order of the table. */
int column_texts(const struct finder *find, int column, const char **texts)
{
    int count = 0;
    for (int i = 0; i < find->row_count; i++) {
        bool known = false;
        for (int t = 0; t < count && !known; t++) {
            known = strcmp(texts[t], column_text(find, i, column)) == 0;
        }
        if (!known) {
            texts[count++] = column_text(find, i, column);
        }
    }
    return count;
}

int column_index(const char *const *texts, int count, const char *text)
{
    int i = 0;
    while (i < count && strcmp(texts[i], text) != 0) {
        i++;
    }
    return i;
}
