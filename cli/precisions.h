/* The list of number formats: what they hold and what arithmetic in them costs. */
#ifndef CLI_PRECISIONS_H
#define CLI_PRECISIONS_H

#include "cli/cli.h"

/* False with a diagnostic when a technology cannot be read. */
bool list_precisions(struct cli_session *session, enum cli_format format, FILE *stream);

#endif
