/* Where configuration files are found. */
#include "tessera/yaml_tree.h"

#include <dirent.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MAX_PLACES = 64, MAX_FOLDER_DEPTH = 8 };

struct places {
    const char *folders[MAX_PLACES];
    int count;
};

static void add_place(struct places *places, const char *folder)
{
    if (*folder && places->count < MAX_PLACES) {
        places->folders[places->count++] = folder;
    }
}

/* <folder of the program>/../share/tessera/configs. */
static const char *installed_configs(struct ts_arena *arena)
{
    char program[PATH_MAX];
    ssize_t length = readlink("/proc/self/exe", program, sizeof program - 1);
    if (length <= 0) {
        return "";
    }
    program[length] = '\0';
    char *slash = strrchr(program, '/');
    if (!slash) {
        return "";
    }
    *slash = '\0';
    return ts_arena_printf(arena, "%s/%s", program, TESSERA_INSTALLED_CONFIGS);
}

static struct places search_places(struct ts_arena *arena)
{
    struct places places = {.count = 0};
    const char *path = getenv("TESSERA_PATH");
    while (path && *path) {
        size_t length = strcspn(path, ":");
        add_place(&places, ts_arena_strndup(arena, path, length));
        path += length + (path[length] == ':');
    }
    add_place(&places, installed_configs(arena));
    add_place(&places, TESSERA_SOURCE_CONFIGS);
    return places;
}

/* ------------------------------------------------------------------ walking folders */

struct found {
    const char **paths;
    int count;
    int capacity;
    struct ts_arena *arena;
};

static void add_found(struct found *found, const char *path)
{
    if (found->count == found->capacity) {
        int capacity = found->capacity ? 2 * found->capacity : 64;
        const char **larger = TS_NEW_ARRAY(found->arena, capacity, const char *);
        if (found->count) {
            memcpy(larger, found->paths, (size_t)found->count * sizeof *larger);
        }
        found->paths = larger;
        found->capacity = capacity;
    }
    found->paths[found->count++] = path;
}

static bool is_yaml(const char *name)
{
    size_t length = strlen(name);
    return length > 5 && strcmp(name + length - 5, ".yaml") == 0;
}

static void walk(struct found *found, const char *folder, int depth)
{
    DIR *directory = depth < MAX_FOLDER_DEPTH ? opendir(folder) : NULL;
    if (!directory) {
        return;
    }
    for (const struct dirent *entry; (entry = readdir(directory));) {
        if (entry->d_name[0] == '.') {
            continue;
        }
        struct stat status;
        const char *path = ts_arena_printf(found->arena, "%s/%s", folder, entry->d_name);
        if (stat(path, &status) != 0) {
            continue;
        }
        if (S_ISDIR(status.st_mode)) {
            walk(found, path, depth + 1);
        } else if (S_ISREG(status.st_mode) && is_yaml(entry->d_name)) {
            add_found(found, path);
        }
    }
    closedir(directory);
}

static int by_text(const void *left, const void *right)
{
    return strcmp(*(const char *const *)left, *(const char *const *)right);
}

/* File name without folder and .yaml. */
static const char *base_name(const char *path, struct ts_arena *arena)
{
    const char *slash = strrchr(path, '/');
    const char *name = slash ? slash + 1 : path;
    size_t length = strlen(name);
    return ts_arena_strndup(arena, name, is_yaml(name) ? length - 5 : length);
}

/* All files of one place, sorted so that the order of a folder on disk plays no part. */
static struct found files_of(const char *place, const char *folder, struct ts_arena *arena)
{
    struct found found = {.arena = arena};
    walk(&found, ts_arena_printf(arena, "%s/%s", place, folder), 0);
    if (found.count > 1) {
        qsort(found.paths, (size_t)found.count, sizeof found.paths[0], by_text);
    }
    return found;
}

const char *ts_config_find(const char *folder, const char *name, struct ts_arena *arena)
{
    if (strchr(name, '/') || is_yaml(name)) {
        return access(name, F_OK) == 0 ? ts_arena_strdup(arena, name) : NULL;
    }
    struct places places = search_places(arena);
    for (int p = 0; p < places.count; p++) {
        struct found found = files_of(places.folders[p], folder, arena);
        for (int i = 0; i < found.count; i++) {
            if (strcmp(base_name(found.paths[i], arena), name) == 0) {
                return found.paths[i];
            }
        }
    }
    return NULL;
}

struct named {
    const char *name, *path;
    int order; /* earlier places win */
};

static int by_name(const void *left, const void *right)
{
    const struct named *a = left;
    const struct named *b = right;
    int order = strcmp(a->name, b->name);
    return order ? order : a->order - b->order;
}

int ts_config_list(const char *folder, struct ts_arena *arena, const char *const **names,
                   const char *const **paths)
{
    struct places places = search_places(arena);
    struct found all = {.arena = arena};
    for (int p = 0; p < places.count; p++) {
        struct found found = files_of(places.folders[p], folder, arena);
        for (int i = 0; i < found.count; i++) {
            add_found(&all, found.paths[i]);
        }
    }
    struct named *entries = TS_NEW_ARRAY(arena, all.count + 1, struct named);
    for (int i = 0; i < all.count; i++) {
        entries[i] = (struct named){base_name(all.paths[i], arena), all.paths[i], i};
    }
    if (all.count > 1) {
        qsort(entries, (size_t)all.count, sizeof entries[0], by_name);
    }
    const char **out_names = TS_NEW_ARRAY(arena, all.count + 1, const char *);
    const char **out_paths = TS_NEW_ARRAY(arena, all.count + 1, const char *);
    int count = 0;
    for (int i = 0; i < all.count; i++) {
        if (count == 0 || strcmp(out_names[count - 1], entries[i].name) != 0) {
            out_names[count] = entries[i].name;
            out_paths[count++] = entries[i].path;
        }
    }
    *names = out_names;
    if (paths) {
        *paths = out_paths;
    }
    return count;
}
