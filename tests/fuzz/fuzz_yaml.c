/* YAML: the same bytes as a network and as an architecture. */
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *path = fuzz_file(".yaml", data, size);
    fuzz_workload(path, size & 1);
    fuzz_arch(path);
    unlink(path);
    return 0;
}
