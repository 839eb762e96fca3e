#include "tessera/module.h"

#include <dlfcn.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

/* The folder of the running program, NULL when it cannot be told. */
static const char *program_folder(struct ts_arena *arena)
{
    char program[PATH_MAX];
    ssize_t length = readlink("/proc/self/exe", program, sizeof program - 1);
    if (length <= 0) {
        return NULL;
    }
    program[length] = '\0';
    char *slash = strrchr(program, '/');
    return slash ? ts_arena_strndup(arena, program, (size_t)(slash - program)) : NULL;
}

void *ts_module_open(const char *file, enum ts_module_scope scope, struct ts_arena *arena,
                     const char **why)
{
    const char *folder = program_folder(arena);
    const char *const places[] = {
        folder ? ts_arena_printf(arena, "%s/%s", folder, file) : "",
        folder ? ts_arena_printf(arena, "%s/%s/%s", folder, TESSERA_INSTALLED_MODULES, file) : "",
        ts_arena_printf(arena, "%s/%s", TESSERA_BUILT_MODULES, file),
    };
    *why = "it is not installed";
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        if (!*places[i] || access(places[i], F_OK) != 0) {
            continue;
        }
        void *library =
            dlopen(places[i], RTLD_NOW | (scope == TS_MODULE_GLOBAL ? RTLD_GLOBAL : RTLD_LOCAL));
        if (library) {
            return library;
        }
        const char *reason = dlerror();
        *why = reason ? ts_arena_strdup(arena, reason) : "it cannot be loaded";
    }
    return NULL;
}
