/* What the files of the architecture loader share among themselves. */
#ifndef TESSERA_ARCH_INTERNAL_H
#define TESSERA_ARCH_INTERNAL_H

#include "schema_internal.h"
#include "tessera/arch.h"
#include "tessera/plan.h"

/* Keys that are gone once a file is resolved. */
struct ts_arch_head {
    const char *name, *description, *family, *extends;
};
extern const struct ts_schema ts_arch_head_schema;

/* memory.cache.* of an architecture. */
struct ts_schema_array ts_arch_cache_array(struct ts_arch *arch);

/* A name of `folder` or a path to a tree; `asked_by` (may be NULL) is where the name stands. */
struct ts_yaml *ts_arch_load_tree(const char *name, struct ts_arena *arena,
                                  struct ts_diagnostics *diagnostics, const char **path);

/* SCALE-Sim's configuration files, by their ending .cfg; NULL with diagnostics. (scalesim_cfg.c) */
bool ts_arch_is_scalesim(const char *name);
struct ts_yaml *ts_arch_load_scalesim(const char *path, struct ts_arena *arena,
                                      struct ts_diagnostics *diagnostics);

/* Representative of cpu, gpu, tpu, eie; NULL when `name` is no alias. */
const char *ts_arch_alias(const char *name);

/* File name without folder and .yaml. */
const char *ts_arch_base_name(const char *path, struct ts_arena *arena);

/* Fills what a file may leave out of power.*: see arch_power.c. */
void ts_arch_power_defaults(struct ts_arch *arch);

/* Tree of all resolved values. */
struct ts_yaml *ts_arch_to_tree(const struct ts_arch *arch, struct ts_arena *arena);

uint64_t ts_arch_compute_hash(const struct ts_arch *arch);

/* configs/devices/NAME.yaml; an error at `node`, or at no place when it is NULL. */
struct ts_dram_spec *ts_arch_load_dram(const char *name, const struct ts_yaml *node,
                                       struct ts_arena *arena, struct ts_diagnostics *diagnostics);

#endif
