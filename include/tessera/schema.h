/* Schema rows: one table drives parsing, ranges, defaults, suggestions, `list keys` and the docs.
 *
 * A row says where a YAML key lives, what it may hold and where its value goes in a C struct. A
 * '*' in a path matches any name at that place (memory.cache.*.capacity_kib); the elements found
 * are stored in file order in an array of structs, `offset` then counts from the element's start.
 */
#ifndef TESSERA_SCHEMA_H
#define TESSERA_SCHEMA_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

enum ts_schema_type {
    TS_SCHEMA_REAL,             /* double */
    TS_SCHEMA_INTEGER,          /* int64_t */
    TS_SCHEMA_BOOL,             /* bool: on | off | true | false | yes | no */
    TS_SCHEMA_STRING,           /* const char *, in the arena of what is loaded */
    TS_SCHEMA_CHOICE,           /* int: index of the value in `choices` */
    TS_SCHEMA_PRECISION,        /* enum ts_precision */
    TS_SCHEMA_REAL_BY_PRECISION /* double[TS_PRECISION_COUNT] from a map {fp32: 64, fp16: 128}; 0
                                   when absent */
};

struct ts_schema_row {
    const char *path;
    enum ts_schema_type type;
    size_t offset;
    double scale;   /* stored value = written value × scale (mhz → hz: 1e6); 1 when written 0 */
    double minimum; /* of the written value; both 0 = unbounded */
    double maximum;
    const char *unit;     /* of the written value: "MHz", "KiB", "" */
    const char *choices;  /* TS_SCHEMA_CHOICE: "ws|os|is" */
    const char *fallback; /* default as written in YAML; NULL = required; "" = stays zero */
    const char *doc;      /* one sentence */
};

struct ts_schema {
    const struct ts_schema_row *rows;
    size_t count;
};

#ifdef __cplusplus
}
#endif
#endif
