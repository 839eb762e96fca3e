/* One YAML document to a tree, by libyaml's events. */
#include "tessera/file.h"
#include "tessera/yaml_tree.h"
#include "yaml_internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

struct parse {
    yaml_parser_t parser;
    struct ts_arena *arena;
    struct ts_diagnostics *diagnostics;
    const struct ts_yaml_source *source;
    struct ts_yaml *root;
    struct ts_yaml *open;    /* innermost collection not yet closed */
    const char *pending_key; /* of `open`, waits for its value */
    struct ts_place pending_place;
    int depth;
    int nodes;
    int documents;
    bool duplicates;
};

static struct ts_place place_of(const struct parse *parse, yaml_mark_t mark)
{
    return (struct ts_place){parse->source->name, (int)mark.line + 1, (int)mark.column + 1};
}

static bool refuse(struct parse *parse, enum ts_error code, struct ts_place place,
                   const char *message, const char *help)
{
    ts_diag_error(parse->diagnostics, code, place, "%s", message);
    ts_yaml_show_line(parse->diagnostics, parse->source, place);
    if (help) {
        ts_diag_help(parse->diagnostics, "%s", help);
    }
    return false;
}

/* The reader, which sees bytes only, gives an offset. */
static struct ts_place place_of_offset(const struct parse *parse, size_t offset)
{
    struct ts_place place = {parse->source->name, 1, 1};
    for (size_t i = 0; i < offset && i < parse->source->length; i++) {
        unsigned char byte = (unsigned char)parse->source->text[i];
        place.column += (byte & 0xc0) != 0x80; /* not the inside of a UTF-8 sequence */
        if (byte == '\n') {
            place.line++;
            place.column = 1;
        }
    }
    return place;
}

static bool syntax_error(struct parse *parse)
{
    const yaml_parser_t *parser = &parse->parser;
    const char *problem = parser->problem ? parser->problem : "the text is not YAML";
    /* What is left open is noticed at the end of the file: point at where it began. */
    bool at_end = parser->context && parser->problem_mark.index >= parse->source->length;
    struct ts_place place =
        parser->error == YAML_READER_ERROR
            ? place_of_offset(parse, parser->problem_offset)
            : place_of(parse, at_end ? parser->context_mark : parser->problem_mark);
    char *message = parser->context
                        ? ts_arena_printf(parse->arena, "%s, %s", parser->context, problem)
                        : ts_arena_strdup(parse->arena, problem);
    const size_t offset = parser->problem_mark.index;
    const bool tab = parser->error == YAML_SCANNER_ERROR && offset < parse->source->length &&
                     parse->source->text[offset] == '\t';
    return refuse(parse, TS_ERROR_SYNTAX, place, message,
                  tab ? "a tab stands here; YAML is indented with spaces" : NULL);
}

/* Anchors and tags: nothing here needs them, and aliases to anchors multiply without bound. */
static bool check_plain(struct parse *parse, const yaml_char_t *anchor, const yaml_char_t *tag,
                        yaml_mark_t mark)
{
    if (anchor) {
        return refuse(parse, TS_ERROR_UNSUPPORTED, place_of(parse, mark),
                      "anchors and aliases are not allowed",
                      "write the value out, or share it through 'extends'");
    }
    if (tag) {
        return refuse(parse, TS_ERROR_UNSUPPORTED, place_of(parse, mark), "tags are not allowed",
                      NULL);
    }
    return true;
}

static struct ts_yaml *append_node(struct parse *parse, enum ts_yaml_kind kind, yaml_mark_t mark)
{
    struct ts_yaml *node = TS_NEW(parse->arena, struct ts_yaml);
    node->kind = kind;
    node->text = "";
    node->source = parse->source;
    node->place = place_of(parse, mark);
    node->key_place = node->place;
    if (!parse->open) {
        parse->root = node;
        return node;
    }
    if (parse->open->kind == TS_YAML_MAPPING) {
        node->key = parse->pending_key;
        node->key_place = parse->pending_place;
        parse->pending_key = NULL;
    }
    ts_yaml_append(parse->open, node);
    return node;
}

static bool room_for_node(struct parse *parse, yaml_mark_t mark)
{
    if (++parse->nodes <= TS_YAML_MAX_NODES) {
        return true;
    }
    return refuse(parse, TS_ERROR_LIMIT, place_of(parse, mark), "the file has too many values",
                  NULL);
}

static bool on_scalar(struct parse *parse, const yaml_event_t *event)
{
    if (!check_plain(parse, event->data.scalar.anchor, event->data.scalar.tag, event->start_mark) ||
        !room_for_node(parse, event->start_mark)) {
        return false;
    }
    const char *bytes = (const char *)event->data.scalar.value;
    if (memchr(bytes, 0, event->data.scalar.length)) {
        return refuse(parse, TS_ERROR_SYNTAX, place_of(parse, event->start_mark),
                      "text must not hold NUL characters", NULL);
    }
    char *text = ts_arena_strndup(parse->arena, bytes, event->data.scalar.length);
    if (parse->open && parse->open->kind == TS_YAML_MAPPING && !parse->pending_key) {
        parse->pending_key = text;
        parse->pending_place = place_of(parse, event->start_mark);
        return true;
    }
    struct ts_yaml *node = append_node(parse, TS_YAML_SCALAR, event->start_mark);
    node->text = text;
    node->quoted = event->data.scalar.style != YAML_PLAIN_SCALAR_STYLE;
    return true;
}

static bool on_open(struct parse *parse, enum ts_yaml_kind kind, const yaml_char_t *anchor,
                    const yaml_char_t *tag, yaml_mark_t mark)
{
    if (!check_plain(parse, anchor, tag, mark) || !room_for_node(parse, mark)) {
        return false;
    }
    if (++parse->depth > TS_YAML_MAX_DEPTH) {
        return refuse(parse, TS_ERROR_LIMIT, place_of(parse, mark), "values are nested too deeply",
                      "at most 64 levels are read");
    }
    if (parse->open && parse->open->kind == TS_YAML_MAPPING && !parse->pending_key) {
        return refuse(parse, TS_ERROR_SYNTAX, place_of(parse, mark), "a key must be plain text",
                      NULL);
    }
    parse->open = append_node(parse, kind, mark);
    return true;
}

static int by_key_then_place(const void *left, const void *right)
{
    const struct ts_yaml *a = *(const struct ts_yaml *const *)left;
    const struct ts_yaml *b = *(const struct ts_yaml *const *)right;
    int order = strcmp(a->key, b->key);
    if (order != 0) {
        return order;
    }
    if (a->key_place.line != b->key_place.line) {
        return a->key_place.line < b->key_place.line ? -1 : 1;
    }
    return a->key_place.column < b->key_place.column ? -1 : 1;
}

static void check_duplicates(struct parse *parse, struct ts_yaml *mapping)
{
    if (mapping->count < 2) {
        return;
    }
    struct ts_yaml **sorted = TS_NEW_ARRAY(parse->arena, mapping->count, struct ts_yaml *);
    int count = 0;
    for (struct ts_yaml *child = mapping->first; child; child = child->next) {
        sorted[count++] = child;
    }
    qsort(sorted, (size_t)count, sizeof sorted[0], by_key_then_place);
    for (int i = 1; i < count; i++) {
        if (strcmp(sorted[i - 1]->key, sorted[i]->key) == 0) {
            ts_yaml_key_error(parse->diagnostics, sorted[i], TS_ERROR_DUPLICATE_KEY,
                              "key '%s' was given on line %d already", sorted[i]->key,
                              sorted[i - 1]->key_place.line);
            parse->duplicates = true;
        }
    }
}

static void on_close(struct parse *parse)
{
    struct ts_yaml *closed = parse->open;
    if (closed->kind == TS_YAML_MAPPING) {
        check_duplicates(parse, closed);
    }
    parse->open = closed->parent;
    parse->depth--;
}

static bool on_document(struct parse *parse, yaml_mark_t mark)
{
    if (++parse->documents == 1) {
        return true;
    }
    return refuse(parse, TS_ERROR_UNSUPPORTED, place_of(parse, mark),
                  "a file holds one document, a second one starts here", NULL);
}

static bool on_event(struct parse *parse, const yaml_event_t *event)
{
    switch (event->type) {
    case YAML_SCALAR_EVENT:
        return on_scalar(parse, event);
    case YAML_SEQUENCE_START_EVENT:
        return on_open(parse, TS_YAML_SEQUENCE, event->data.sequence_start.anchor,
                       event->data.sequence_start.tag, event->start_mark);
    case YAML_MAPPING_START_EVENT:
        return on_open(parse, TS_YAML_MAPPING, event->data.mapping_start.anchor,
                       event->data.mapping_start.tag, event->start_mark);
    case YAML_SEQUENCE_END_EVENT:
    case YAML_MAPPING_END_EVENT:
        on_close(parse);
        return true;
    case YAML_ALIAS_EVENT:
        return check_plain(parse, event->data.alias.anchor, NULL, event->start_mark);
    case YAML_DOCUMENT_START_EVENT:
        return on_document(parse, event->start_mark);
    default:
        return true;
    }
}

static bool run_parser(struct parse *parse)
{
    for (bool done = false; !done;) {
        yaml_event_t event;
        if (!yaml_parser_parse(&parse->parser, &event)) {
            return syntax_error(parse);
        }
        done = event.type == YAML_STREAM_END_EVENT;
        bool sound = on_event(parse, &event);
        yaml_event_delete(&event);
        if (!sound) {
            return false;
        }
    }
    if (!parse->root) {
        return refuse(parse, TS_ERROR_SYNTAX, (struct ts_place){parse->source->name, 1, 1},
                      "the file is empty", NULL);
    }
    return !parse->duplicates;
}

/* Length of the UTF-8 sequence at `bytes`, 0 when it is none (RFC 3629). */
static size_t utf8_length(const unsigned char *bytes, size_t left)
{
    size_t length = bytes[0] < 0x80                        ? 1
                    : bytes[0] >= 0xc2 && bytes[0] <= 0xdf ? 2
                    : (bytes[0] & 0xf0) == 0xe0            ? 3
                    : bytes[0] >= 0xf0 && bytes[0] <= 0xf4 ? 4
                                                           : 0;
    if (length == 0 || length > left) {
        return 0;
    }
    for (size_t i = 1; i < length; i++) {
        if ((bytes[i] & 0xc0) != 0x80) {
            return 0;
        }
    }
    bool overlong = (bytes[0] == 0xe0 && bytes[1] < 0xa0) || (bytes[0] == 0xf0 && bytes[1] < 0x90);
    bool surrogate = bytes[0] == 0xed && bytes[1] > 0x9f;
    bool beyond = bytes[0] == 0xf4 && bytes[1] > 0x8f;
    return overlong || surrogate || beyond ? 0 : length;
}

static bool check_text(struct parse *parse)
{
    struct ts_place place = {parse->source->name, 1, 1};
    const unsigned char *bytes = (const unsigned char *)parse->source->text;
    for (size_t i = 0; i < parse->source->length;) {
        size_t length = utf8_length(bytes + i, parse->source->length - i);
        if (length == 0 || bytes[i] == 0) {
            return refuse(parse, TS_ERROR_SYNTAX, place,
                          length == 0 ? "the text is not UTF-8" : "the text holds a NUL byte",
                          NULL);
        }
        place.column++;
        if (bytes[i] == '\n') {
            place.line++;
            place.column = 1;
        }
        i += length;
    }
    return true;
}

static struct ts_yaml *parse_source(const struct ts_yaml_source *source, struct ts_arena *arena,
                                    struct ts_diagnostics *diagnostics)
{
    struct parse parse = {.arena = arena, .diagnostics = diagnostics, .source = source};
    if (!check_text(&parse)) {
        return NULL;
    }
    if (!yaml_parser_initialize(&parse.parser)) {
        refuse(&parse, TS_ERROR_LIMIT, (struct ts_place){source->name, 0, 0},
               "not enough memory to read the file", NULL);
        return NULL;
    }
    yaml_parser_set_encoding(&parse.parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&parse.parser, (const unsigned char *)source->text,
                                 source->length);
    bool sound = run_parser(&parse);
    yaml_parser_delete(&parse.parser);
    return sound ? parse.root : NULL;
}

struct ts_yaml *ts_yaml_parse(const char *name, const char *text, size_t length,
                              struct ts_arena *arena, struct ts_diagnostics *diagnostics)
{
    struct ts_yaml_source *source = TS_NEW(arena, struct ts_yaml_source);
    source->name = ts_arena_strdup(arena, name);
    if (length > TS_YAML_MAX_BYTES) {
        ts_diag_error(diagnostics, TS_ERROR_LIMIT, (struct ts_place){source->name, 0, 0},
                      "the file is larger than %d MiB", TS_YAML_MAX_BYTES >> 20);
        return NULL;
    }
    char *copy = ts_arena_alloc(arena, length + 1);
    memcpy(copy, text, length);
    source->text = copy;
    source->length = length;
    return parse_source(source, arena, diagnostics);
}

struct ts_yaml *ts_yaml_load_file(const char *path, struct ts_arena *arena,
                                  struct ts_diagnostics *diagnostics)
{
    size_t length;
    char *bytes = ts_file_read(path, TS_YAML_MAX_BYTES, &length);
    if (!bytes) {
        ts_diag_error(diagnostics, TS_ERROR_FILE, (struct ts_place){path, 0, 0},
                      "cannot read the file: %s", strerror(errno));
        return NULL;
    }
    struct ts_yaml *root = ts_yaml_parse(path, bytes, length, arena, diagnostics);
    free(bytes);
    return root;
}
