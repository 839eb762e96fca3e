#include "tessera/file.h"

#include <errno.h>
#include <stdlib.h>

char *ts_stream_read(FILE *stream, size_t most, size_t *length)
{
    size_t capacity = 1 << 14, got = 1;
    char *text = malloc(capacity + 1);
    *length = 0;
    while (text && got > 0 && *length <= most) {
        if (*length == capacity) {
            char *larger = realloc(text, 2 * capacity + 1);
            if (!larger) {
                free(text);
                return NULL;
            }
            text = larger;
            capacity *= 2;
        }
        got = fread(text + *length, 1, capacity - *length, stream);
        *length += got;
    }
    if (text && ferror(stream)) {
        int error = errno;
        free(text);
        errno = error;
        return NULL;
    }
    if (text) {
        text[*length] = '\0';
    }
    return text;
}

char *ts_file_read(const char *path, size_t most, size_t *length)
{
    FILE *stream = fopen(path, "rb");
    if (!stream) {
        return NULL;
    }
    char *text = ts_stream_read(stream, most, length);
    int error = errno;
    fclose(stream);
    errno = error;
    return text;
}
