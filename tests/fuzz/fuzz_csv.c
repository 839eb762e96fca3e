/* SCALE-Sim topologies and configurations: the first byte chooses. */
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    bool is_cfg = size && data[0] == '[';
    const char *path = fuzz_file(is_cfg ? ".cfg" : ".csv", data, size);
    if (is_cfg) {
        fuzz_arch(path);
    } else {
        fuzz_workload(path, size & 1);
    }
    unlink(path);
    return 0;
}
