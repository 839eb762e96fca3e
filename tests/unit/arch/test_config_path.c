#include "suite.h"
#include "tessera/yaml_tree.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static struct ts_arena arena;
static char root[] = P_tmpdir "/tessera-configs-XXXXXX";
static const char *old_path;

static void make_file(const char *path)
{
    FILE *stream = fopen(ts_arena_printf(&arena, "%s/%s", root, path), "w");
    CU_ASSERT_PTR_NOT_NULL_FATAL(stream);
    fclose(stream);
}

static void make_folder(const char *path)
{
    mkdir(ts_arena_printf(&arena, "%s/%s", root, path), 0700);
}

/* Two places: first/ and second/, both with arch/x/one.yaml; second has arch/two.yaml too. */
static void make_places(void)
{
    static const char *const folders[] = {"first",  "first/arch",  "first/arch/x",
                                          "second", "second/arch", "second/arch/x"};
    ts_arena_init(&arena);
    strcpy(root, P_tmpdir "/tessera-configs-XXXXXX");
    CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(root));
    for (size_t i = 0; i < sizeof folders / sizeof folders[0]; i++) {
        make_folder(folders[i]);
    }
    make_file("first/arch/x/one.yaml");
    make_file("first/arch/x/notes.txt");
    make_file("second/arch/x/one.yaml");
    make_file("second/arch/two.yaml");
    const char *path = getenv("TESSERA_PATH");
    old_path = path ? ts_arena_strdup(&arena, path) : "";
    setenv("TESSERA_PATH", ts_arena_printf(&arena, "%s/first::%s/second", root, root), 1);
}

static void remove_places(void)
{
    static const char *const files[] = {"first/arch/x/one.yaml",
                                        "first/arch/x/notes.txt",
                                        "second/arch/x/one.yaml",
                                        "second/arch/two.yaml",
                                        "first/arch/x",
                                        "second/arch/x",
                                        "first/arch",
                                        "second/arch",
                                        "first",
                                        "second",
                                        ""};
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        remove(ts_arena_printf(&arena, "%s/%s", root, files[i]));
    }
    setenv("TESSERA_PATH", old_path, 1);
    ts_arena_release(&arena);
}

static void the_first_place_that_has_a_name_wins(void)
{
    make_places();
    CU_ASSERT_STRING_EQUAL(ts_config_find("arch", "one", &arena),
                           ts_arena_printf(&arena, "%s/first/arch/x/one.yaml", root));
    CU_ASSERT_STRING_EQUAL(ts_config_find("arch", "two", &arena),
                           ts_arena_printf(&arena, "%s/second/arch/two.yaml", root));
    CU_ASSERT_PTR_NULL(ts_config_find("arch", "notes", &arena));
    CU_ASSERT_PTR_NULL(ts_config_find("arch", "three", &arena));
    remove_places();
}

static void a_path_is_taken_as_it_is(void)
{
    make_places();
    const char *path = ts_arena_printf(&arena, "%s/second/arch/two.yaml", root);
    CU_ASSERT_STRING_EQUAL(ts_config_find("arch", path, &arena), path);
    CU_ASSERT_PTR_NULL(ts_config_find("arch", "no/such.yaml", &arena));
    remove_places();
}

static void lists_are_sorted_and_hold_each_name_once(void)
{
    make_places();
    const char *const *names;
    const char *const *paths;
    int count = ts_config_list("arch", &arena, &names, &paths);
    int ones = 0;
    for (int i = 0; i < count; i++) {
        CU_ASSERT(i == 0 || strcmp(names[i - 1], names[i]) < 0);
        if (strcmp(names[i], "one") == 0) {
            ones++;
            CU_ASSERT_PTR_NOT_NULL(strstr(paths[i], "/first/"));
        }
    }
    CU_ASSERT_EQUAL(ones, 1);
    remove_places();
}

static void the_source_trees_configs_are_found_without_a_path(void)
{
    make_places();
    unsetenv("TESSERA_PATH");
    CU_ASSERT_PTR_NOT_NULL(ts_config_find("technology", "45nm", &arena));
    remove_places();
}

int main(void)
{
    const struct test_case cases[] = {
        {"the first place that has a name wins", the_first_place_that_has_a_name_wins},
        {"a path is taken as it is", a_path_is_taken_as_it_is},
        {"lists are sorted and hold each name once", lists_are_sorted_and_hold_each_name_once},
        {"the source tree's configs are found without a path",
         the_source_trees_configs_are_found_without_a_path},
    };
    return RUN_SUITE("config_path", cases);
}
