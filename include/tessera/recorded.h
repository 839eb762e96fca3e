/* Recorded errors: how far each machine was from its references when they were last run, as
 * `tessera validate --errors FILE` wrote it. References are measurements of hardware, papers and
 * cycle-accurate simulators (tests/validation).
 *
 * A CSV with the columns table, family, arch, arch_hash, version, rows, failed, mape, median_ape,
 * p90_ape, bias (in per cent; empty where no row could be run). A row with an empty `arch` is all
 * machines of the family in that table. The hash is the machine's own, without settings: a result
 * with another one ran on a changed machine, or the machine's file has changed since.
 */
#ifndef TESSERA_RECORDED_H
#define TESSERA_RECORDED_H

#include "tessera/diag.h"
#include "tessera/result.h"

#ifdef __cplusplus
extern "C" {
#endif

struct ts_recorded_error {
    const char *table, *family, *arch, *version;
    uint64_t arch_hash; /* 0 for a family */
    int rows, failed;
    double mape, median_ape, p90_ape, bias; /* 0 when every row failed */
};

struct ts_recorded_errors {
    const struct ts_recorded_error *items;
    int count;
};

/* Errors: those of ts_csv_load, MISSING_KEY for a column that is not there, TYPE for a field that
 * is no number. */
bool ts_recorded_load(const char *path, struct ts_arena *arena, struct ts_diagnostics *diagnostics,
                      struct ts_recorded_errors *recorded);

/* What the records say of one result's machine. */
struct ts_recorded_view {
    bool of_family;        /* the machine itself is in no table */
    bool settings_changed; /* the run changed the machine: the figures are of the unchanged one */
    bool file_changed;     /* the machine's file or the program is another than when recorded */
    int tables, rows;      /* rows that could be run */
    int machines;          /* of the family, when of_family */
};
struct ts_recorded_view ts_recorded_view(const struct ts_recorded_errors *recorded,
                                         const struct ts_result *result);

/* Whether a record counts for the machine under that view. */
bool ts_recorded_concerns(const struct ts_recorded_error *record,
                          const struct ts_recorded_view *view, const struct ts_result *result);

/* The view in one sentence without a full stop: "checked against 263 reference figures of this
 * machine: mean error 17.3 % in gpu-conv". */
const char *ts_recorded_sentence(const struct ts_recorded_errors *recorded,
                                 const struct ts_result *result, struct ts_arena *arena);

#ifdef __cplusplus
}
#endif
#endif
