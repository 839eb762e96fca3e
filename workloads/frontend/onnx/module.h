/* Loading the ONNX module (module/onnx_module.cpp) when the first ONNX file is read. */
#ifndef TESSERA_ONNX_MODULE_H
#define TESSERA_ONNX_MODULE_H

#include "tessera/diag.h"
#include "workloads/frontend/onnx/onnx_model.h"

/* Looks beside the program, then in <prefix>/lib/tessera, then where it was built. Loaded once,
 * kept until the process ends. Error: UNSUPPORTED when it is not there or does not fit this
 * program. */
const struct ts_onnx_module *ts_onnx_module_load(struct ts_diagnostics *diagnostics);

#endif
