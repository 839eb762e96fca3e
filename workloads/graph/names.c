#include "workloads/graph/names.h"

#include "tessera/diag.h"
#include "tessera/hash.h"

#include <string.h>

enum { INITIAL_CAPACITY = 256 };

struct ts_name_table *ts_names_new(struct ts_arena *arena)
{
    struct ts_name_table *table = TS_NEW(arena, struct ts_name_table);
    table->arena = arena;
    table->capacity = INITIAL_CAPACITY;
    table->entries = TS_NEW_ARRAY(arena, table->capacity, struct ts_name_entry);
    return table;
}

static struct ts_name_entry *slot(const struct ts_name_table *table, const char *name)
{
    unsigned mask = (unsigned)table->capacity - 1;
    unsigned at = (unsigned)ts_hash_text(TS_HASH_INIT, name) & mask;
    while (table->entries[at].name && strcmp(table->entries[at].name, name) != 0) {
        at = (at + 1) & mask;
    }
    return &table->entries[at];
}

static void grow(struct ts_name_table *table)
{
    struct ts_name_entry *old = table->entries;
    int old_capacity = table->capacity;
    table->capacity *= 2;
    table->entries = TS_NEW_ARRAY(table->arena, table->capacity, struct ts_name_entry);
    for (int i = 0; i < old_capacity; i++) {
        if (old[i].name) {
            *slot(table, old[i].name) = old[i];
        }
    }
}

bool ts_names_add(struct ts_name_table *table, const char *name, int value)
{
    struct ts_name_entry *entry = slot(table, name);
    if (entry->name) {
        return false;
    }
    *entry = (struct ts_name_entry){name, value};
    if (++table->count * 2 > table->capacity) {
        grow(table);
    }
    return true;
}

void ts_names_put(struct ts_name_table *table, const char *name, int value)
{
    if (!ts_names_add(table, name, value)) {
        slot(table, name)->value = value;
    }
}

int ts_names_find(const struct ts_name_table *table, const char *name)
{
    const struct ts_name_entry *entry = slot(table, name);
    return entry->name ? entry->value : -1;
}

const char *ts_names_suggest(const struct ts_name_table *table, const char *word)
{
    const char **names = TS_NEW_ARRAY(table->arena, table->count + 1, const char *);
    size_t count = 0;
    for (int i = 0; i < table->capacity; i++) {
        if (table->entries[i].name) {
            names[count++] = table->entries[i].name;
        }
    }
    return ts_suggest(word, names, count);
}
