/* Commands of a DRAM channel: when each may go, and what it forbids afterwards. */
#ifndef TESSERA_SIM_MEMORY_DRAM_COMMANDS_H
#define TESSERA_SIM_MEMORY_DRAM_COMMANDS_H

#include "dram_scheduler.h"

void ts_dram_clocks_init(struct ts_dram_clocks *clocks, const struct ts_dram_spec *spec);

int64_t ts_dram_column_ready(const struct ts_dram_scheduler *s, const struct ts_dram_entry *entry,
                             bool is_write);
int64_t ts_dram_activate_ready(const struct ts_dram_scheduler *s,
                               const struct ts_dram_entry *entry);
int64_t ts_dram_precharge_ready(const struct ts_dram_scheduler *s, int rank, int bank);

void ts_dram_issue_column(struct ts_dram_scheduler *s, const struct ts_dram_entry *entry,
                          bool is_write, int64_t now);
void ts_dram_issue_activate(struct ts_dram_scheduler *s, const struct ts_dram_entry *entry,
                            int64_t now);
void ts_dram_issue_precharge(struct ts_dram_scheduler *s, int rank, int bank, int64_t now);

/*
 * Refresh that is due: precharges and refreshes as soon as it may. Returns true when it used the
 * row command bus at `now`; `*next` is lowered to the next time it has something to do.
 */
bool ts_dram_refresh_step(struct ts_dram_scheduler *s, int64_t now, int64_t *next);
/* Requests to this bank must wait for a refresh that is due. */
bool ts_dram_refresh_blocks(const struct ts_dram_scheduler *s, const struct ts_dram_entry *entry,
                            int64_t now);

#endif
