#include "tessera/sweep.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_DEPTH = 32 };

enum kind { OR, AND, NOT, COMPARE };

enum relation { EQUAL, UNEQUAL, LESS, LESS_EQUAL, GREATER, GREATER_EQUAL, RELATIONS };

static const char *const relation_text[RELATIONS] = {"==", "!=", "<=", "<", ">=", ">"};
static const enum relation relation_of[RELATIONS] = {EQUAL, UNEQUAL,       LESS_EQUAL,
                                                     LESS,  GREATER_EQUAL, GREATER};

/* A name (its number) or a constant. */
struct operand {
    int name; /* -1: constant */
    struct ts_axis_value constant;
};

struct ts_expression {
    enum kind kind;
    enum relation relation;
    struct operand left, right;
    const struct ts_expression *a, *b;
};

struct parser {
    const char *text, *at;
    const char *const *names;
    int name_count;
    int depth;
    const struct ts_yaml *node;
    struct ts_arena *arena;
    struct ts_diagnostics *diagnostics;
};

struct ts_axis_value ts_axis_value(const char *text)
{
    char *end = NULL;
    double number = strtod(text, &end);
    bool is_number = end != text && *end == '\0' && number - number == 0; /* finite */
    return (struct ts_axis_value){text, is_number, is_number ? number : 0};
}

static const struct ts_expression *parse_or(struct parser *parser);

/* The node with its place moved to `at`. A text of several lines stands for itself as a whole. */
static struct ts_yaml node_at(const struct parser *parser, const char *at)
{
    struct ts_yaml node = *parser->node;
    if (!strchr(parser->text, '\n') && node.place.column > 0) {
        node.place.column += (int)(at - parser->text) + node.quoted;
    }
    return node;
}

static bool fail(struct parser *parser, const char *what)
{
    struct ts_yaml node = node_at(parser, parser->at);
    return ts_yaml_error(parser->diagnostics, &node, TS_ERROR_SYNTAX, "%s at '%s' in '%s'", what,
                         *parser->at ? parser->at : "the end", parser->text);
}

static void skip_blanks(struct parser *parser)
{
    parser->at += strspn(parser->at, " \t\r\n");
}

static bool is_word_character(char c)
{
    return isalnum((unsigned char)c) || (c && strchr("_.:-+*/", c));
}

static size_t word_length(const char *text)
{
    size_t length = 0;
    while (is_word_character(text[length])) {
        length++;
    }
    return length;
}

/* Takes a symbol, or a word as a whole. */
static bool take(struct parser *parser, const char *token)
{
    size_t length = strlen(token);
    skip_blanks(parser);
    if (strncmp(parser->at, token, length) != 0 ||
        (isalpha((unsigned char)token[0]) && word_length(parser->at) != length)) {
        return false;
    }
    parser->at += length;
    return true;
}

static bool parse_quoted(struct parser *parser, struct operand *operand)
{
    char quote = *parser->at;
    const char *end = strchr(parser->at + 1, quote);
    if (!end) {
        return fail(parser, "a quote is never closed");
    }
    const char *text =
        ts_arena_strndup(parser->arena, parser->at + 1, (size_t)(end - parser->at - 1));
    *operand = (struct operand){-1, ts_axis_value(text)};
    parser->at = end + 1;
    return true;
}

static bool parse_operand(struct parser *parser, struct operand *operand)
{
    skip_blanks(parser);
    if (*parser->at == '\'' || *parser->at == '"') {
        return parse_quoted(parser, operand);
    }
    size_t length = word_length(parser->at);
    if (length == 0) {
        return fail(parser, "a name, number or text is expected");
    }
    const char *word = ts_arena_strndup(parser->arena, parser->at, length);
    parser->at += length;
    *operand = (struct operand){-1, ts_axis_value(word)};
    for (int i = 0; i < parser->name_count && operand->name < 0; i++) {
        operand->name = strcmp(word, parser->names[i]) == 0 ? i : -1;
    }
    return true;
}

/* A comparison without any name is a misspelt one. */
static bool check_names(struct parser *parser, const char *start,
                        const struct ts_expression *comparison)
{
    if (comparison->left.name >= 0 || comparison->right.name >= 0) {
        return true;
    }
    const char *word = comparison->left.constant.text;
    struct ts_yaml node = node_at(parser, start);
    ts_yaml_error(parser->diagnostics, &node, TS_ERROR_UNKNOWN_NAME,
                  "neither '%s' nor '%s' is a name that is known here", word,
                  comparison->right.constant.text);
    const char *near = ts_suggest(word, parser->names, (size_t)parser->name_count);
    if (near) {
        ts_diag_help(parser->diagnostics, "did you mean '%s'?", near);
    }
    return false;
}

static const struct ts_expression *parse_comparison(struct parser *parser)
{
    struct ts_expression *comparison = TS_NEW(parser->arena, struct ts_expression);
    comparison->kind = COMPARE;
    skip_blanks(parser);
    const char *start = parser->at;
    if (!parse_operand(parser, &comparison->left)) {
        return NULL;
    }
    for (int i = 0; i < RELATIONS; i++) {
        if (take(parser, relation_text[i])) {
            comparison->relation = relation_of[i];
            bool ok =
                parse_operand(parser, &comparison->right) && check_names(parser, start, comparison);
            return ok ? comparison : NULL;
        }
    }
    fail(parser, "one of == != < <= > >= is expected");
    return NULL;
}

static const struct ts_expression *join(struct parser *parser, enum kind kind,
                                        const struct ts_expression *a,
                                        const struct ts_expression *b)
{
    struct ts_expression *joined = TS_NEW(parser->arena, struct ts_expression);
    *joined = (struct ts_expression){.kind = kind, .a = a, .b = b};
    return joined;
}

static const struct ts_expression *parse_inner(struct parser *parser)
{
    if (take(parser, "not")) {
        const struct ts_expression *inner = NULL;
        if (parser->depth++ == MAX_DEPTH) {
            fail(parser, "too deeply nested");
        } else {
            inner = parse_inner(parser);
        }
        parser->depth--;
        return inner ? join(parser, NOT, inner, NULL) : NULL;
    }
    if (!take(parser, "(")) {
        return parse_comparison(parser);
    }
    const struct ts_expression *inner = parse_or(parser);
    if (inner && !take(parser, ")")) {
        fail(parser, "')' is expected");
        return NULL;
    }
    return inner;
}

static const struct ts_expression *parse_and(struct parser *parser)
{
    const struct ts_expression *left = parse_inner(parser);
    while (left && take(parser, "and")) {
        const struct ts_expression *right = parse_inner(parser);
        left = right ? join(parser, AND, left, right) : NULL;
    }
    return left;
}

static const struct ts_expression *parse_or(struct parser *parser)
{
    if (parser->depth++ == MAX_DEPTH) {
        fail(parser, "too deeply nested");
        return NULL;
    }
    const struct ts_expression *left = parse_and(parser);
    while (left && take(parser, "or")) {
        const struct ts_expression *right = parse_and(parser);
        left = right ? join(parser, OR, left, right) : NULL;
    }
    parser->depth--;
    return left;
}

const struct ts_expression *ts_expression_parse(const char *text, const char *const *names,
                                                int name_count, const struct ts_yaml *node,
                                                struct ts_arena *arena,
                                                struct ts_diagnostics *diagnostics)
{
    struct parser parser = {.text = text,
                            .at = text,
                            .names = names,
                            .name_count = name_count,
                            .node = node,
                            .arena = arena,
                            .diagnostics = diagnostics};
    const struct ts_expression *expression = parse_or(&parser);
    skip_blanks(&parser);
    if (expression && *parser.at) {
        fail(&parser, "'and', 'or' or the end is expected");
        return NULL;
    }
    return expression;
}

int ts_expression_words(const char *text, struct ts_arena *arena, const char **words, int room)
{
    int count = 0;
    for (const char *at = text; *at && count < room;) {
        size_t length = word_length(at);
        if (length > 0) {
            const char *word = ts_arena_strndup(arena, at, length);
            bool joins =
                strcmp(word, "and") == 0 || strcmp(word, "or") == 0 || strcmp(word, "not") == 0;
            if (!joins && !ts_axis_value(word).is_number) {
                words[count++] = word;
            }
        } else if (*at == '\'' || *at == '"') {
            const char *end = strchr(at + 1, *at);
            length = end ? (size_t)(end - at) + 1 : strlen(at);
        }
        at += length > 0 ? length : 1;
    }
    return count;
}

/* ------------------------------------------------------------------ evaluation */

static const struct ts_axis_value *value_of(const struct operand *operand,
                                            const struct ts_axis_value *values)
{
    return operand->name >= 0 ? &values[operand->name] : &operand->constant;
}

static bool compare(const struct ts_expression *comparison, const struct ts_axis_value *values)
{
    const struct ts_axis_value *a = value_of(&comparison->left, values);
    const struct ts_axis_value *b = value_of(&comparison->right, values);
    bool numbers = a->is_number && b->is_number;
    bool equal = numbers ? a->number == b->number : strcmp(a->text, b->text) == 0;
    switch (comparison->relation) {
    case EQUAL:
        return equal;
    case UNEQUAL:
        return !equal;
    case LESS:
        return numbers && a->number < b->number;
    case LESS_EQUAL:
        return numbers && a->number <= b->number;
    case GREATER:
        return numbers && a->number > b->number;
    default:
        return numbers && a->number >= b->number;
    }
}

bool ts_expression_holds(const struct ts_expression *expression, const struct ts_axis_value *values)
{
    switch (expression->kind) {
    case OR:
        return ts_expression_holds(expression->a, values) ||
               ts_expression_holds(expression->b, values);
    case AND:
        return ts_expression_holds(expression->a, values) &&
               ts_expression_holds(expression->b, values);
    case NOT:
        return !ts_expression_holds(expression->a, values);
    default:
        return compare(expression, values);
    }
}

/* How far a comparison is from holding, or when `negated` from not holding. */
static double comparison_distance(const struct ts_expression *comparison, bool negated,
                                  const struct ts_axis_value *values)
{
    const struct ts_axis_value *a = value_of(&comparison->left, values);
    const struct ts_axis_value *b = value_of(&comparison->right, values);
    if (compare(comparison, values) != negated) {
        return 0;
    }
    double larger = fmax(fabs(a->number), fabs(b->number));
    bool measurable = a->is_number && b->is_number && larger > 0 && a->number != b->number;
    return measurable ? fabs(a->number - b->number) / larger : 1;
}

static double distance(const struct ts_expression *expression, bool negated,
                       const struct ts_axis_value *values)
{
    if (expression->kind == COMPARE) {
        return comparison_distance(expression, negated, values);
    }
    if (expression->kind == NOT) {
        return distance(expression->a, !negated, values);
    }
    double a = distance(expression->a, negated, values);
    double b = distance(expression->b, negated, values);
    bool both = (expression->kind == AND) != negated; /* not (a and b) is not a or not b */
    return both ? a + b : fmin(a, b);
}

double ts_expression_distance(const struct ts_expression *expression,
                              const struct ts_axis_value *values)
{
    return distance(expression, false, values);
}
