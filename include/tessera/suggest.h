/* What was probably meant, where several names may be: those that a word begins or is a part of. */
#ifndef TESSERA_SUGGEST_H
#define TESSERA_SUGGEST_H

#include "tessera/arena.h"

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* "'gpu-a100-pcie-40gb' or 'gpu-a100-sxm-80gb'" for gpu-a100: the candidates that `word` begins;
 * when it begins none, those it is a part of; else the nearest by ts_suggest(). At most six. NULL
 * when nothing is near enough to be meant. */
const char *ts_suggest_names(const char *word, const char *const *candidates, size_t count,
                             struct ts_arena *arena);

#ifdef __cplusplus
}
#endif
#endif
