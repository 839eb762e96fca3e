#include "tessera/sweep.h"

#include <ctype.h>
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

static bool fail(struct parser *parser, const char *what)
{
    return ts_yaml_error(parser->diagnostics, parser->node, TS_ERROR_SYNTAX, "%s at '%s' in '%s'",
                         what, *parser->at ? parser->at : "the end", parser->text);
}

static void skip_blanks(struct parser *parser)
{
    parser->at += strspn(parser->at, " \t\r\n");
}

static bool is_word_character(char c)
{
    return isalnum((unsigned char)c) || (c && strchr("_.:-+", c));
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
    for (int i = 0; i < parser->name_count; i++) {
        if (strcmp(word, parser->names[i]) == 0) {
            operand->name = i;
        }
    }
    return true;
}

/* A comparison without any name is a misspelt one. */
static bool check_names(struct parser *parser, const struct ts_expression *comparison)
{
    if (comparison->left.name >= 0 || comparison->right.name >= 0) {
        return true;
    }
    const char *word = comparison->left.constant.text;
    ts_yaml_error(parser->diagnostics, parser->node, TS_ERROR_UNKNOWN_NAME,
                  "neither '%s' nor '%s' is an axis of the sweep", word,
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
    if (!parse_operand(parser, &comparison->left)) {
        return NULL;
    }
    for (int i = 0; i < RELATIONS; i++) {
        if (take(parser, relation_text[i])) {
            comparison->relation = relation_of[i];
            bool ok = parse_operand(parser, &comparison->right) && check_names(parser, comparison);
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
