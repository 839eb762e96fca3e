/* What the files of the YAML tree share among themselves. */
#ifndef TESSERA_ARCH_YAML_INTERNAL_H
#define TESSERA_ARCH_YAML_INTERNAL_H

#include "tessera/yaml_tree.h"

/* Makes `child` the last child of `parent`. */
void ts_yaml_append(struct ts_yaml *parent, struct ts_yaml *child);

/* Takes `child` out of its parent. */
void ts_yaml_remove(struct ts_yaml *child);

#endif
