/* Fields of a one-liner: what stands behind the colon, split at commas. */
#ifndef TESSERA_FIELDS_H
#define TESSERA_FIELDS_H

#include "tessera/arena.h"
#include "tessera/diag.h"

#include <stdint.h>

/* One possible KEY=VALUE, or value by place. */
struct ts_field {
    const char *name;
    int64_t minimum;
    int64_t fallback; /* below minimum: must be given */
    int64_t value;    /* out */
    bool given;       /* out */
};

/* Values by place ("2048,2048,64"): exactly `count`, in the fields' order. `form` is shown as help.
 */
bool ts_fields_by_place(const char *workload, const char *text, const char *form,
                        struct ts_field *fields, int count, struct ts_diagnostics *diagnostics);

/* KEY=VALUE pairs in any order. */
bool ts_fields_by_name(const char *workload, const char *text, const char *form,
                       struct ts_field *fields, int count, struct ts_diagnostics *diagnostics);

/* One KEY=VALUE whose value is one of `choices` (NULL-terminated); *index says which. */
bool ts_fields_choice(const char *workload, const char *text, const char *form, const char *key,
                      const char *const *choices, struct ts_diagnostics *diagnostics, int *index);

#endif
