/* Walking, changing and writing YAML trees. */
#include "tessera/yaml_tree.h"
#include "yaml_internal.h"

#include <ctype.h>
#include <string.h>

void ts_yaml_append(struct ts_yaml *parent, struct ts_yaml *child)
{
    child->parent = parent;
    child->next = NULL;
    if (parent->last) {
        parent->last->next = child;
    } else {
        parent->first = child;
    }
    parent->last = child;
    parent->count++;
}

void ts_yaml_remove(struct ts_yaml *child)
{
    struct ts_yaml *parent = child->parent;
    struct ts_yaml *before = NULL;
    for (struct ts_yaml *node = parent->first; node != child; node = node->next) {
        before = node;
    }
    if (before) {
        before->next = child->next;
    } else {
        parent->first = child->next;
    }
    if (parent->last == child) {
        parent->last = before;
    }
    parent->count--;
    child->parent = NULL;
    child->next = NULL;
}

const char *ts_yaml_kind_name(enum ts_yaml_kind kind)
{
    static const char *const names[] = {"value", "list", "mapping"};
    return names[kind];
}

const char *ts_yaml_path(const struct ts_yaml *node, struct ts_arena *arena)
{
    if (!node->parent) {
        return "";
    }
    const char *before = ts_yaml_path(node->parent, arena);
    if (node->key) {
        return ts_arena_printf(arena, "%s%s%s", before, *before ? "." : "", node->key);
    }
    int index = 0;
    for (const struct ts_yaml *other = node->parent->first; other != node; other = other->next) {
        index++;
    }
    return ts_arena_printf(arena, "%s[%d]", before, index);
}

static struct ts_yaml *get_n(const struct ts_yaml *mapping, const char *key, size_t length)
{
    if (!mapping || mapping->kind != TS_YAML_MAPPING) {
        return NULL;
    }
    for (struct ts_yaml *child = mapping->first; child; child = child->next) {
        if (strncmp(child->key, key, length) == 0 && child->key[length] == '\0') {
            return child;
        }
    }
    return NULL;
}

struct ts_yaml *ts_yaml_get(const struct ts_yaml *mapping, const char *key)
{
    return get_n(mapping, key, strlen(key));
}

struct ts_yaml *ts_yaml_find(const struct ts_yaml *mapping, const char *dotted_path)
{
    for (;;) {
        size_t length = strcspn(dotted_path, ".");
        struct ts_yaml *child = get_n(mapping, dotted_path, length);
        if (!child || dotted_path[length] == '\0') {
            return child;
        }
        mapping = child;
        dotted_path += length + 1;
    }
}

bool ts_yaml_is_null(const struct ts_yaml *node)
{
    return node->kind == TS_YAML_SCALAR && !node->quoted &&
           (*node->text == '\0' || strcmp(node->text, "~") == 0 || strcmp(node->text, "null") == 0);
}

struct ts_yaml *ts_yaml_new_mapping(struct ts_arena *arena, const struct ts_yaml_source *source,
                                    struct ts_place place)
{
    struct ts_yaml *node = TS_NEW(arena, struct ts_yaml);
    node->kind = TS_YAML_MAPPING;
    node->text = "";
    node->source = source;
    node->place = place;
    node->key_place = place;
    return node;
}

struct ts_yaml *ts_yaml_set(struct ts_yaml *root, const char *dotted_path, const char *text,
                            const struct ts_yaml_source *source, struct ts_place place,
                            struct ts_arena *arena)
{
    struct ts_yaml *node = root;
    while (*dotted_path) {
        size_t length = strcspn(dotted_path, ".");
        if (node->kind != TS_YAML_MAPPING || length == 0) {
            return NULL;
        }
        struct ts_yaml *child = get_n(node, dotted_path, length);
        if (!child) {
            child = ts_yaml_new_mapping(arena, source, place);
            child->key = ts_arena_strndup(arena, dotted_path, length);
            ts_yaml_append(node, child);
        }
        node = child;
        dotted_path += length;
        dotted_path += *dotted_path == '.';
    }
    node->kind = TS_YAML_SCALAR;
    node->text = ts_arena_strdup(arena, text);
    node->quoted = false;
    node->first = node->last = NULL;
    node->count = 0;
    node->source = source;
    node->place = node->key_place = place;
    return node;
}

void ts_yaml_merge(struct ts_yaml *base, struct ts_yaml *over)
{
    for (struct ts_yaml *child = over->first; child;) {
        struct ts_yaml *next = child->next;
        struct ts_yaml *old = ts_yaml_get(base, child->key);
        if (old && old->kind == TS_YAML_MAPPING && child->kind == TS_YAML_MAPPING) {
            ts_yaml_merge(old, child);
        } else {
            if (old) {
                ts_yaml_remove(old);
            }
            ts_yaml_append(base, child);
        }
        child = next;
    }
    over->first = over->last = NULL;
    over->count = 0;
}

/* ------------------------------------------------------------------ writing */

/* Text that reads back as itself without quotes. */
static bool is_plain(const char *text)
{
    static const char *const reserved[] = {"~", "null", "Null", "NULL"};
    size_t length = strlen(text);
    if (length == 0 || text[length - 1] == ' ' ||
        !(isalnum((unsigned char)text[0]) || text[0] == '/' || text[0] == '.' || text[0] == '+' ||
          (text[0] == '-' && isdigit((unsigned char)text[1])))) {
        return false;
    }
    for (size_t i = 0; i < sizeof reserved / sizeof reserved[0]; i++) {
        if (strcmp(text, reserved[i]) == 0) {
            return false;
        }
    }
    for (size_t i = 0; i < length; i++) {
        if (!isalnum((unsigned char)text[i]) && !strchr(" _./+-%", text[i])) {
            return false;
        }
    }
    return strcmp(text, "...") != 0;
}

static void write_text(const char *text, bool quoted, FILE *stream)
{
    if (!quoted && is_plain(text)) {
        fputs(text, stream);
        return;
    }
    fputc('"', stream);
    for (; *text; text++) {
        unsigned char byte = (unsigned char)*text;
        if (byte == '"' || byte == '\\') {
            fprintf(stream, "\\%c", byte);
        } else if (byte < 0x20 || byte == 0x7f) {
            fprintf(stream, "\\x%02x", byte);
        } else {
            fputc(byte, stream);
        }
    }
    fputc('"', stream);
}

static void write_node(const struct ts_yaml *node, int indent, FILE *stream)
{
    if (node->kind == TS_YAML_SCALAR) {
        if (ts_yaml_is_null(node)) {
            fputs(" ~\n", stream);
            return;
        }
        fputc(' ', stream);
        write_text(node->text, node->quoted, stream);
        fputc('\n', stream);
        return;
    }
    if (node->count == 0) {
        fputs(node->kind == TS_YAML_MAPPING ? " {}\n" : " []\n", stream);
        return;
    }
    if (indent > 0) {
        fputc('\n', stream);
    }
    for (const struct ts_yaml *child = node->first; child; child = child->next) {
        fprintf(stream, "%*s", indent, "");
        if (node->kind == TS_YAML_MAPPING) {
            write_text(child->key, false, stream);
            fputc(':', stream);
        } else {
            fputc('-', stream);
        }
        write_node(child, indent + 2, stream);
    }
}

void ts_yaml_write(const struct ts_yaml *node, FILE *stream)
{
    write_node(node, 0, stream);
}
