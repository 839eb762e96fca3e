/* ONNX files, through the module of the ONNX library. */
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *path = fuzz_file(".onnx", data, size);
    fuzz_workload(path, size & 1);
    unlink(path);
    return 0;
}
