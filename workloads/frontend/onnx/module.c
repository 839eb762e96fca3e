#include "workloads/frontend/onnx/module.h"

#include <dlfcn.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char module_name[] = "tessera_onnx.so";

/* The folder of the running program, NULL when it cannot be told. */
static const char *program_folder(struct ts_arena *arena)
{
    char program[PATH_MAX];
    ssize_t length = readlink("/proc/self/exe", program, sizeof program - 1);
    if (length <= 0)
        return NULL;
    program[length] = '\0';
    char *slash = strrchr(program, '/');
    return slash ? ts_arena_strndup(arena, program, (size_t)(slash - program)) : NULL;
}

/* The first of the places where the module is; why it did not load is kept for the message. */
static void *open_library(struct ts_arena *arena, const char **why)
{
    const char *folder = program_folder(arena);
    const char *const places[] = {
        folder ? ts_arena_printf(arena, "%s/%s", folder, module_name) : "",
        folder ? ts_arena_printf(arena, "%s/%s/%s", folder, TESSERA_INSTALLED_MODULES, module_name)
               : "",
        TESSERA_BUILT_MODULES "/tessera_onnx.so"};
    *why = "it is not installed";
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        if (!*places[i] || access(places[i], F_OK) != 0)
            continue;
        void *library = dlopen(places[i], RTLD_NOW | RTLD_LOCAL);
        if (library)
            return library;
        const char *reason = dlerror();
        *why = reason ? ts_arena_strdup(arena, reason) : "it cannot be loaded";
    }
    return NULL;
}

const struct ts_onnx_module *ts_onnx_module_load(struct ts_diagnostics *diagnostics)
{
    static const struct ts_onnx_module *loaded;
    const char *why;
    if (loaded)
        return loaded;
    void *library = open_library(&diagnostics->arena, &why);
    ts_onnx_module_function entry = NULL;
    if (library) {
        void *symbol = dlsym(library, TS_ONNX_MODULE_SYMBOL);
        memcpy(&entry, &symbol, sizeof entry); /* ISO C has no cast from object to function */
    }
    const struct ts_onnx_module *module = entry ? entry() : NULL;
    if (module && module->version == TS_ONNX_MODULE_VERSION)
        return loaded = module;
    if (library)
        why = "it belongs to another version of this program";
    ts_diag_error(diagnostics, TS_ERROR_UNSUPPORTED, (struct ts_place){0},
                  "ONNX files need the module %s: %s", module_name, why);
    ts_diag_help(diagnostics, "it is built when libonnx-dev and libprotobuf-dev are installed");
    return NULL;
}
