/* Recursive descent:  sum = product (('+'|'-') product)*   product = factor (('*'|'/') factor)*
 * factor = number | $name | '(' sum ')' | '-' factor */
#include "workloads/frontend/expression.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_DEPTH = 32 };

struct parser {
    const char *at;
    ts_expression_lookup lookup;
    const void *context;
    struct ts_arena *arena;
    const char *why; /* first thing wrong */
    int depth;
};

static double sum(struct parser *parser);

static char peek(struct parser *parser)
{
    while (*parser->at == ' ') {
        parser->at++;
    }
    return *parser->at;
}

static double fail(struct parser *parser, const char *why)
{
    if (!parser->why) {
        parser->why = why;
    }
    return 0;
}

static double name(struct parser *parser)
{
    const char *start = ++parser->at;
    while (isalnum((unsigned char)*parser->at) || *parser->at == '_') {
        parser->at++;
    }
    const char *word = ts_arena_strndup(parser->arena, start, (size_t)(parser->at - start));
    double value;
    if (!parser->lookup(parser->context, word, &value)) {
        return fail(parser, ts_arena_printf(parser->arena, "no parameter is named '%s'", word));
    }
    return value;
}

static double number(struct parser *parser)
{
    if (!isdigit((unsigned char)*parser->at) && *parser->at != '.') {
        return fail(parser, "a number or $name is expected");
    }
    char *end;
    double value = strtod(parser->at, &end);
    if (end == parser->at || memchr(parser->at, 'x', (size_t)(end - parser->at)) ||
        memchr(parser->at, 'X', (size_t)(end - parser->at))) {
        return fail(parser, "a decimal number is expected");
    }
    parser->at = end;
    return value;
}

static double factor(struct parser *parser)
{
    double value;
    if (++parser->depth > MAX_DEPTH) {
        return fail(parser, "brackets are nested too deeply");
    }
    switch (peek(parser)) {
    case '(':
        parser->at++;
        value = sum(parser);
        if (peek(parser) != ')') {
            fail(parser, "')' is missing");
        } else {
            parser->at++;
        }
        break;
    case '-':
        parser->at++;
        value = -factor(parser);
        break;
    case '$':
        value = name(parser);
        break;
    default:
        value = number(parser);
    }
    parser->depth--;
    return value;
}

static double product(struct parser *parser)
{
    double value = factor(parser);
    for (char c = peek(parser); (c == '*' || c == '/') && !parser->why; c = peek(parser)) {
        parser->at++;
        double right = factor(parser);
        if (c == '/' && right == 0) {
            return fail(parser, "division by zero");
        }
        value = c == '*' ? value * right : floor(value / right);
    }
    return value;
}

static double sum(struct parser *parser)
{
    double value = product(parser);
    for (char c = peek(parser); (c == '+' || c == '-') && !parser->why; c = peek(parser)) {
        parser->at++;
        double right = product(parser);
        value = c == '+' ? value + right : value - right;
    }
    return value;
}

const char *ts_expression_evaluate(const char *text, ts_expression_lookup lookup,
                                   const void *context, struct ts_arena *arena, double *value)
{
    struct parser parser = {text, lookup, context, arena, NULL, 0};
    *value = sum(&parser);
    if (!parser.why && peek(&parser)) {
        fail(&parser, ts_arena_printf(arena, "'%s' is left over", parser.at));
    }
    if (!parser.why && !isfinite(*value)) {
        fail(&parser, "the number is too large");
    }
    return parser.why;
}
