/* Name table: text → index, open addressing, in an arena. */
#ifndef TESSERA_NAMES_H
#define TESSERA_NAMES_H

#include "tessera/arena.h"

#include <stdbool.h>

struct ts_name_entry {
    const char *name;
    int value;
};

struct ts_name_table {
    struct ts_arena *arena;
    struct ts_name_entry *entries;
    int capacity; /* power of two */
    int count;
};

struct ts_name_table *ts_names_new(struct ts_arena *arena);

/* False when the name is there already. The text is borrowed. */
bool ts_names_add(struct ts_name_table *table, const char *name, int value);

/* Puts a value under a name that may exist. */
void ts_names_put(struct ts_name_table *table, const char *name, int value);

/* -1 when absent. */
int ts_names_find(const struct ts_name_table *table, const char *name);

/* The nearest name, NULL when none is near enough. */
const char *ts_names_suggest(const struct ts_name_table *table, const char *word);

#endif
