#include "workloads/frontend/onnx/module.h"

#include "tessera/module.h"

#include <dlfcn.h>
#include <string.h>

static const char module_name[] = "tessera_onnx.so";

const struct ts_onnx_module *ts_onnx_module_load(struct ts_diagnostics *diagnostics)
{
    static const struct ts_onnx_module *loaded;
    const char *why;
    if (loaded) {
        return loaded;
    }
    void *library = ts_module_open(module_name, TS_MODULE_LOCAL, &diagnostics->arena, &why);
    ts_onnx_module_function entry = NULL;
    if (library) {
        void *symbol = dlsym(library, TS_ONNX_MODULE_SYMBOL);
        memcpy(&entry, &symbol, sizeof entry); /* ISO C has no cast from object to function */
    }
    const struct ts_onnx_module *module = entry ? entry() : NULL;
    if (module && module->version == TS_ONNX_MODULE_VERSION) {
        return loaded = module;
    }
    if (library) {
        why = "it belongs to another version of this program";
    }
    ts_diag_error(diagnostics, TS_ERROR_UNSUPPORTED, (struct ts_place){0},
                  "ONNX files need the module %s: %s", module_name, why);
    ts_diag_help(diagnostics, "it is built when libonnx-dev and libprotobuf-dev are installed");
    return NULL;
}
