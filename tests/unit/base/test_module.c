#include "suite.h"

#include "tessera/module.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static struct ts_arena arena;

static void a_module_that_is_nowhere_is_not_installed(void)
{
    const char *why = NULL;
    CU_ASSERT_PTR_NULL(ts_module_open("tessera_nothing.so", TS_MODULE_LOCAL, &arena, &why));
    CU_ASSERT_STRING_EQUAL(why, "it is not installed");
}

static void a_file_beside_the_program_that_is_no_library_is_told(void)
{
    char path[PATH_MAX];
    const char *why = NULL;
    ssize_t length = readlink("/proc/self/exe", path, sizeof path - 32);
    CU_ASSERT_TRUE_FATAL(length > 0);
    path[length] = '\0';
    strcpy(strrchr(path, '/') + 1, "tessera_broken.so");
    FILE *file = fopen(path, "w");
    CU_ASSERT_PTR_NOT_NULL_FATAL(file);
    fputs("this is a text", file);
    fclose(file);
    CU_ASSERT_PTR_NULL(ts_module_open("tessera_broken.so", TS_MODULE_GLOBAL, &arena, &why));
    CU_ASSERT_PTR_NOT_NULL(strstr(why, "tessera_broken.so"));
    unlink(path);
}

int main(void)
{
    static const struct test_case cases[] = {
        {"a module that is nowhere is not installed", a_module_that_is_nowhere_is_not_installed},
        {"a file beside the program that is no library is told",
         a_file_beside_the_program_that_is_no_library_is_told},
    };
    int status = RUN_SUITE("modules", cases);
    ts_arena_release(&arena);
    return status;
}
