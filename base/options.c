#include "tessera/options.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_OPTIONS = 64 };

static const struct ts_place command_line = {.file = NULL};

struct parser {
    const struct ts_option_table *tables;
    size_t table_count;
    const char *const *words;
    int count;
    int next;
    struct ts_diagnostics *diagnostics;
};

struct match {
    const struct ts_option_row *row;
    void *target;
};

static struct match find(const struct parser *parser, char short_name, const char *long_name,
                         size_t length)
{
    for (size_t t = 0; t < parser->table_count; t++) {
        const struct ts_option_table *table = &parser->tables[t];
        for (size_t i = 0; i < table->count; i++) {
            const struct ts_option_row *row = &table->rows[i];
            bool is_it = long_name ? strlen(row->long_name) == length &&
                                         memcmp(row->long_name, long_name, length) == 0
                                   : row->short_name == short_name;
            if (is_it) {
                return (struct match){row, table->target};
            }
        }
    }
    return (struct match){NULL, NULL};
}

static bool unknown_long(struct parser *parser, const char *name, size_t length)
{
    const char *names[MAX_OPTIONS];
    size_t count = 0;
    for (size_t t = 0; t < parser->table_count; t++) {
        for (size_t i = 0; i < parser->tables[t].count && count < MAX_OPTIONS; i++) {
            names[count++] = parser->tables[t].rows[i].long_name;
        }
    }
    char word[64];
    snprintf(word, sizeof word, "%.*s", (int)length, name);
    ts_diag_error(parser->diagnostics, TS_ERROR_USAGE, command_line, "unknown option '--%.*s'",
                  (int)length, name);
    const char *suggestion = ts_suggest(word, names, count);
    if (suggestion) {
        ts_diag_help(parser->diagnostics, "did you mean '--%s'?", suggestion);
    }
    return false;
}

/* The value of an option: what stands behind it in the same word, or the next word. */
static bool apply(struct parser *parser, struct match match, const char *attached)
{
    const char *value = attached;
    const struct ts_option_row *row = match.row;
    if (row->argument && !value) {
        if (parser->next == parser->count) {
            return ts_diag_error(parser->diagnostics, TS_ERROR_USAGE, command_line,
                                 "option '--%s' needs a value: %s", row->long_name, row->argument);
        }
        value = parser->words[parser->next++];
    }
    if (!row->argument && value) {
        return ts_diag_error(parser->diagnostics, TS_ERROR_USAGE, command_line,
                             "option '--%s' takes no value", row->long_name);
    }
    return row->apply(match.target, value, parser->diagnostics);
}

static bool parse_long(struct parser *parser, const char *word)
{
    const char *name = word + 2;
    const char *equals = strchr(name, '=');
    size_t length = equals ? (size_t)(equals - name) : strlen(name);
    struct match match = find(parser, 0, name, length);
    if (!match.row) {
        return unknown_long(parser, name, length);
    }
    return apply(parser, match, equals ? equals + 1 : NULL);
}

/* Flags may be joined (-xy); an option with a value takes the rest of the word. */
static bool parse_short(struct parser *parser, const char *word)
{
    for (const char *letter = word + 1; *letter; letter++) {
        struct match match = find(parser, *letter, NULL, 0);
        if (!match.row) {
            return ts_diag_error(parser->diagnostics, TS_ERROR_USAGE, command_line,
                                 "unknown option '-%c'", *letter);
        }
        bool has_value = match.row->argument != NULL;
        if (!apply(parser, match, has_value && letter[1] ? letter + 1 : NULL)) {
            return false;
        }
        if (has_value) {
            break;
        }
    }
    return true;
}

bool ts_options_parse(const struct ts_option_table *tables, size_t table_count,
                      const char *const *words, int count, struct ts_arena *arena,
                      struct ts_diagnostics *diagnostics, struct ts_arguments *arguments)
{
    struct parser parser = {.tables = tables,
                            .table_count = table_count,
                            .words = words,
                            .count = count,
                            .diagnostics = diagnostics};
    const char **rest = TS_NEW_ARRAY(arena, count + 1, const char *);
    bool ok = true;
    bool options_end = false;
    *arguments = (struct ts_arguments){.words = rest};
    while (parser.next < count) {
        const char *word = words[parser.next++];
        if (options_end || word[0] != '-' || word[1] == '\0') {
            rest[arguments->count++] = word;
        } else if (strcmp(word, "--") == 0) {
            options_end = true;
        } else if (word[1] == '-') {
            ok &= parse_long(&parser, word);
        } else {
            ok &= parse_short(&parser, word);
        }
    }
    return ok;
}

bool ts_options_split(const char *text, struct ts_arena *arena, struct ts_diagnostics *diagnostics,
                      struct ts_arguments *words)
{
    size_t length = strlen(text);
    const char **list = TS_NEW_ARRAY(arena, length / 2 + 1, const char *);
    char *copy = ts_arena_alloc(arena, length + 1);
    *words = (struct ts_arguments){.words = list};
    const char *at = text;
    for (;;) {
        at += strspn(at, " \t\r\n");
        if (!*at) {
            return true;
        }
        list[words->count++] = copy;
        char quote = '\0';
        for (; *at && (quote || !strchr(" \t\r\n", *at)); at++) {
            if (quote ? *at == quote : *at == '"' || *at == '\'') {
                quote = quote ? '\0' : *at;
            } else {
                *copy++ = *at;
            }
        }
        *copy++ = '\0';
        if (quote) {
            return ts_diag_error(diagnostics, TS_ERROR_SYNTAX, command_line,
                                 "a quote is never closed in '%s'", text);
        }
    }
}

enum { NAME_BYTES = 48 };

/* "-b, --batch N"; its length. */
static int write_name(char name[NAME_BYTES], const struct ts_option_row *row)
{
    char letter[] = "-x, ";
    letter[1] = row->short_name;
    return snprintf(name, NAME_BYTES, "%s--%s%s%s", row->short_name ? letter : "    ",
                    row->long_name, row->argument ? " " : "", row->argument ? row->argument : "");
}

void ts_options_help(const struct ts_option_table *tables, size_t table_count, FILE *stream)
{
    char name[NAME_BYTES];
    int width = 0;
    for (size_t t = 0; t < table_count; t++) {
        for (size_t i = 0; i < tables[t].count; i++) {
            int length = write_name(name, &tables[t].rows[i]);
            width = length > width ? length : width;
        }
    }
    for (size_t t = 0; t < table_count; t++) {
        for (size_t i = 0; i < tables[t].count; i++) {
            write_name(name, &tables[t].rows[i]);
            fprintf(stream, "  %-*s  %s\n", width, name, tables[t].rows[i].doc);
        }
    }
}

bool ts_option_integer(const char *option, const char *value, int64_t minimum, int64_t maximum,
                       struct ts_diagnostics *diagnostics, int64_t *out)
{
    char *end = NULL;
    errno = 0;
    long long number = strtoll(value, &end, 10);
    if (end == value || *end != '\0') {
        return ts_diag_error(diagnostics, TS_ERROR_TYPE, command_line,
                             "option '%s' needs a whole number, not '%s'", option, value);
    }
    if (errno == ERANGE || number < minimum || number > maximum) {
        return ts_diag_error(diagnostics, TS_ERROR_RANGE, command_line,
                             "option '%s' is %s: allowed are %" PRId64 " to %" PRId64, option,
                             value, minimum, maximum);
    }
    *out = number;
    return true;
}
