/* Network files: numbers, parameters and the attributes of one entry. */
#include "workloads/frontend/expression.h"
#include "workloads/frontend/network_file.h"

#include <string.h>

static bool look_up(const void *context, const char *name, double *value)
{
    for (const struct ts_layer_scope *scope = context; scope; scope = scope->parent) {
        for (int i = 0; i < scope->value_count; i++) {
            if (strcmp(scope->value_names[i], name) == 0) {
                *value = scope->values[i];
                return true;
            }
        }
    }
    return false;
}

bool ts_layer_number(const struct ts_network_loader *loader, const struct ts_layer_scope *scope,
                     const struct ts_yaml *node, double *value)
{
    if (node->kind != TS_YAML_SCALAR) {
        return ts_yaml_error(loader->diagnostics, node, TS_ERROR_TYPE,
                             "a number is expected, not a %s", ts_yaml_kind_name(node->kind));
    }
    const char *why = ts_expression_evaluate(node->text, look_up, scope, loader->arena, value);
    if (why) {
        return ts_yaml_error(loader->diagnostics, node, TS_ERROR_TYPE, "'%s': %s", node->text, why);
    }
    return true;
}

bool ts_scope_add_parameters(const struct ts_network_loader *loader,
                             const struct ts_layer_scope *outer, struct ts_layer_scope *scope,
                             const struct ts_yaml *parameters, const struct ts_yaml *given)
{
    bool ok = true;
    if (!parameters) {
        return true;
    }
    if (parameters->kind != TS_YAML_MAPPING) {
        return ts_yaml_error(loader->diagnostics, parameters, TS_ERROR_TYPE,
                             "'parameters' is a mapping of names to numbers");
    }
    if (parameters->count > TS_MAX_SCOPE_VALUES) {
        return ts_yaml_error(loader->diagnostics, parameters, TS_ERROR_LIMIT,
                             "at most %d parameters", TS_MAX_SCOPE_VALUES);
    }
    for (const struct ts_yaml *row = parameters->first; row; row = row->next) {
        const struct ts_yaml *over = given ? ts_yaml_get(given, row->key) : NULL;
        double value = 0;
        if (over) {
            ok &= ts_layer_number(loader, outer, over, &value);
        } else if (ts_yaml_is_null(row)) {
            ok = ts_yaml_error(loader->diagnostics, given ? given : row, TS_ERROR_MISSING_KEY,
                               "'%s' must be given", row->key);
        } else {
            ok &= ts_layer_number(loader, scope, row, &value);
        }
        scope->value_names[scope->value_count] = row->key;
        scope->values[scope->value_count++] = value;
    }
    return ok;
}

/* Keys of an entry that are no attributes. */
static bool is_common_key(const char *key)
{
    static const char *const keys[] = {"op",     "name",       "input",
                                       "inputs", "weights_of", "weight_precision"};
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        if (strcmp(key, keys[i]) == 0) {
            return true;
        }
    }
    return false;
}

static bool unknown_attribute(const struct ts_network_loader *loader, const struct ts_yaml *value,
                              const struct ts_operator *op)
{
    const char *names[24] = {"op", "name", "input", "inputs", "weights_of", "weight_precision"};
    size_t count = 6;
    for (int i = 0; i < op->attribute_count; i++) {
        names[count++] = op->attributes[i].name;
    }
    ts_yaml_key_error(loader->diagnostics, value, TS_ERROR_UNKNOWN_KEY,
                      "unknown key '%s' of operator '%s'", value->key, op->name);
    const char *near = ts_suggest(value->key, names, count);
    if (near) {
        ts_diag_help(loader->diagnostics, "did you mean '%s'?", near);
    }
    return false;
}

static bool read_choice(const struct ts_network_loader *loader, const struct ts_yaml *value,
                        const struct ts_attribute_row *row, double *number)
{
    size_t count = 0;
    for (; row->choices[count]; count++) {
        if (strcmp(row->choices[count], value->text) == 0) {
            *number = (double)count;
            return true;
        }
    }
    ts_yaml_error(loader->diagnostics, value, TS_ERROR_UNKNOWN_NAME, "'%s' is no choice of '%s'",
                  value->text, row->name);
    const char *near = ts_suggest(value->text, row->choices, count);
    ts_diag_help(loader->diagnostics, near ? "did you mean '%s'?" : "the first choice is '%s'",
                 near ? near : row->choices[0]);
    return false;
}

static bool read_one(const struct ts_network_loader *loader, const struct ts_layer_scope *scope,
                     const struct ts_yaml *value, const struct ts_attribute_row *row,
                     double *number)
{
    bool flag;
    if (row->type == TS_ATTR_CHOICE) {
        return read_choice(loader, value, row, number);
    }
    if (row->type != TS_ATTR_BOOL || (value->kind == TS_YAML_SCALAR && value->text[0] == '$')) {
        return ts_layer_number(loader, scope, value, number);
    }
    if (!ts_yaml_bool(value, loader->diagnostics, &flag)) {
        return false;
    }
    *number = flag;
    return true;
}

static bool read_attribute(const struct ts_network_loader *loader,
                           const struct ts_layer_scope *scope, const struct ts_yaml *value,
                           struct ts_node *node, int index)
{
    const struct ts_attribute_row *row = &node->op->attributes[index];
    double numbers[TS_MAX_RANK];
    int count = 0;
    if (value->kind == TS_YAML_SCALAR) {
        if (!read_one(loader, scope, value, row, &numbers[count++])) {
            return false;
        }
    } else if (value->kind == TS_YAML_SEQUENCE && value->count <= TS_MAX_RANK) {
        for (const struct ts_yaml *item = value->first; item; item = item->next) {
            if (!read_one(loader, scope, item, row, &numbers[count++])) {
                return false;
            }
        }
    } else {
        return ts_yaml_error(loader->diagnostics, value, TS_ERROR_TYPE,
                             "'%s' is a number or a short list of them", row->name);
    }
    if (ts_node_set_attribute(node, index, numbers, count, value->place, loader->diagnostics)) {
        return true;
    }
    ts_yaml_show_line(loader->diagnostics, value->source, value->place);
    return false;
}

bool ts_layer_attributes(const struct ts_network_loader *loader, const struct ts_layer_scope *scope,
                         const struct ts_yaml *entry, struct ts_node *node)
{
    bool ok = true;
    for (const struct ts_yaml *value = entry->first; value; value = value->next) {
        if (is_common_key(value->key)) {
            continue;
        }
        int index = ts_operator_attribute(node->op, value->key);
        if (index < 0) {
            ok = unknown_attribute(loader, value, node->op);
        } else {
            ok &= read_attribute(loader, scope, value, node, index);
        }
    }
    return ok;
}
