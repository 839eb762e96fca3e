/* The lists of architectures and of DRAM devices, with the figures one chooses them by. */
#ifndef CLI_LIST_MACHINES_H
#define CLI_LIST_MACHINES_H

#include "tessera/listing.h"

void list_archs(struct ts_arena *arena, FILE *stream);
void list_devices(struct ts_arena *arena, FILE *stream);

void fill_archs(struct ts_arena *arena, struct ts_listing *listing);
void fill_devices(struct ts_arena *arena, struct ts_listing *listing);

#endif
