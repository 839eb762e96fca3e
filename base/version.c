#include "tessera/sim.h"

const char *ts_version(void)
{
    return TESSERA_VERSION;
}
