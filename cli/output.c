#include "cli/cli.h"
#include "cli/temporary.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

void cli_output_begin(struct cli_output *output)
{
    *output = (struct cli_output){.stream = NULL};
    output->stream = open_memstream(&output->text, &output->length);
    if (!output->stream) {
        ts_bug("out of memory");
    }
}

void cli_output_drop(struct cli_output *output)
{
    if (output->stream) {
        fclose(output->stream);
    }
    free(output->text);
    *output = (struct cli_output){.stream = NULL};
}

static bool write_all(int file, const char *text, size_t length)
{
    while (length > 0) {
        ssize_t written = write(file, text, length);
        if (written < 0 && errno == EINTR) {
            continue;
        }
        if (written < 0) {
            return false;
        }
        text += written;
        length -= (size_t)written;
    }
    return true;
}

static bool fail(struct ts_diagnostics *diagnostics, const char *path)
{
    struct ts_place place = {.file = path};
    return ts_diag_error(diagnostics, TS_ERROR_FILE, place, "cannot write: %s", strerror(errno));
}

/* Devices and pipes are written to; a regular file is replaced. */
static bool is_replaceable(const char *path)
{
    struct stat status;
    return stat(path, &status) != 0 || S_ISREG(status.st_mode);
}

bool cli_file_option(const char *option, const char *value, struct ts_diagnostics *diagnostics,
                     const char **path)
{
    *path = value;
    return *value || ts_diag_error(diagnostics, TS_ERROR_USAGE, (struct ts_place){.file = NULL},
                                   "option '--%s' names no file", option);
}

bool cli_paths_differ(struct cli_session *session, const struct cli_named_path *paths, int count)
{
    for (int i = 0; i < count; i++) {
        for (int j = 0; paths[i].path && j < i; j++) {
            if (paths[j].path && is_replaceable(paths[i].path) &&
                strcmp(paths[i].path, paths[j].path) == 0) {
                return cli_usage_error(session, "--%s and --%s both go to '%s'", paths[j].option,
                                       paths[i].option, paths[i].path);
            }
        }
    }
    return true;
}

bool cli_output_possible(const char *path, struct ts_diagnostics *diagnostics)
{
    struct stat status;
    if (!path) {
        return true;
    }
    if (stat(path, &status) == 0 && S_ISDIR(status.st_mode)) {
        errno = EISDIR;
        return fail(diagnostics, path);
    }
    const char *slash = strrchr(path, '/');
    const char *folder = !slash ? "." : slash == path ? "/" : NULL;
    if (!folder) {
        folder = ts_arena_strndup(&diagnostics->arena, path, (size_t)(slash - path));
    }
    bool ok = is_replaceable(path) ? access(folder, W_OK | X_OK) == 0 : access(path, W_OK) == 0;
    return ok || fail(diagnostics, path);
}

static bool write_direct(const char *path, const struct cli_output *output)
{
    int file = open(path, O_WRONLY | O_CLOEXEC);
    bool ok = file >= 0 && write_all(file, output->text, output->length);
    int error = errno;
    if (file >= 0) {
        ok &= close(file) == 0;
    }
    errno = error;
    return ok;
}

/* A reader sees the old file or the whole new one. */
static bool write_replacing(const char *path, const struct cli_output *output)
{
    size_t size = strlen(path) + sizeof ".XXXXXX";
    char *temporary = malloc(size);
    if (!temporary) {
        return false;
    }
    snprintf(temporary, size, "%s.XXXXXX", path);
    int file = mkstemp(temporary);
    if (file < 0) {
        free(temporary);
        return false;
    }
    cli_temporary_note(temporary);
    mode_t mask = umask(0);
    umask(mask);
    bool ok = write_all(file, output->text, output->length) && fchmod(file, 0666 & ~mask) == 0 &&
              fsync(file) == 0;
    ok = close(file) == 0 && ok && rename(temporary, path) == 0;
    int error = errno;
    if (!ok) {
        unlink(temporary);
    }
    cli_temporary_forget(temporary);
    free(temporary);
    errno = error;
    return ok;
}

bool cli_output_end(struct cli_output *output, const char *path, struct ts_diagnostics *diagnostics)
{
    bool complete = fclose(output->stream) == 0;
    output->stream = NULL;
    bool ok = complete;
    if (!complete) {
        errno = ENOMEM;
    } else if (!path) {
        ok = fflush(stdout) == 0 && write_all(STDOUT_FILENO, output->text, output->length);
    } else {
        ok = is_replaceable(path) ? write_replacing(path, output) : write_direct(path, output);
    }
    if (!ok) {
        fail(diagnostics, path ? path : "(standard output)");
    }
    cli_output_drop(output);
    return ok;
}
