#define _XOPEN_SOURCE 700

#include "scratch.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static char folder[] = P_tmpdir "/tessera-test-XXXXXX";
static pid_t maker; /* children of the test leave the folder alone */

static void fail(const char *what)
{
    perror(what);
    exit(EXIT_FAILURE);
}

static int remove_one(const char *path, const struct stat *status, int kind, struct FTW *place)
{
    (void)status;
    (void)kind;
    (void)place;
    return remove(path);
}

static void remove_folder(void)
{
    enum { OPEN_FOLDERS = 8 };
    if (getpid() == maker && nftw(folder, remove_one, OPEN_FOLDERS, FTW_DEPTH | FTW_PHYS) != 0) {
        perror(folder);
    }
}

const char *scratch_folder(void)
{
    if (!maker) {
        if (!mkdtemp(folder)) {
            fail(folder);
        }
        maker = getpid();
        atexit(remove_folder);
    }
    return folder;
}

const char *scratch_path(const char *name)
{
    static char path[512];
    if (snprintf(path, sizeof path, "%s/%s", scratch_folder(), name) >= (int)sizeof path) {
        fail(name);
    }
    return path;
}

const char *scratch_write(const char *name, const char *text)
{
    const char *path = scratch_path(name);
    FILE *file = fopen(path, "w");
    if (!file || fputs(text, file) < 0 || fclose(file) != 0) {
        fail(path);
    }
    return path;
}
