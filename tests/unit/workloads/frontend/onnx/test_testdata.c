/* The ONNX project's own models (Debian: libonnx-testdata): each gives a program or a clear error.
 */
#include "../../load.h"

#include <dirent.h>

#define FOLDER "/usr/share/libonnx-testdata/data"

struct tally {
    int files, loaded, silent;
};

static void load_one(const char *path, struct tally *tally)
{
    struct ts_workload_options options = plain_options();
    options.training = tally->files++ % 4 == 3;
    struct loaded loaded = load_with(path, &options);
    bool explained = loaded.diagnostics.kept > 0 && *loaded.diagnostics.entries[0].message;
    if (loaded.program) {
        tally->loaded++;
    } else if (!explained) {
        fprintf(stderr, "%s: neither loaded nor explained\n", path);
        tally->silent++;
    }
    unload(&loaded);
}

/* DATA/GROUP/TEST/model.onnx */
static void walk(const char *folder, int depth, struct tally *tally)
{
    char path[1024];
    DIR *directory = opendir(folder);
    for (const struct dirent *entry; directory && (entry = readdir(directory));) {
        if (snprintf(path, sizeof path, "%s/%s", folder, entry->d_name) >= (int)sizeof path) {
            continue;
        }
        if (entry->d_name[0] != '.' && depth < 2) {
            walk(path, depth + 1, tally);
        } else if (strcmp(entry->d_name, "model.onnx") == 0) {
            load_one(path, tally);
        }
    }
    if (directory) {
        closedir(directory);
    }
}

static void every_file_loads_or_says_why_not(void)
{
    struct tally tally = {0};
    walk(FOLDER, 0, &tally);
    if (!tally.files) {
        printf("skipped: libonnx-testdata is not installed ... ");
        return;
    }
    printf("%d of %d load ... ", tally.loaded, tally.files);
    CU_ASSERT_EQUAL(tally.silent, 0);
    /* Most others compute nothing (constants), or work on sequences. */
    CU_ASSERT(tally.loaded >= tally.files * 85 / 100);
}

static const struct test_case cases[] = {
    {"every file of the ONNX test data loads or says why not", every_file_loads_or_says_why_not},
};

int main(void)
{
    return RUN_SUITE("onnx/testdata", cases);
}
