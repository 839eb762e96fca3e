/* Whole files in memory, for loaders that look at text. */
#ifndef TESSERA_FILE_H
#define TESSERA_FILE_H

#include <stddef.h>
#include <stdio.h>

#ifdef __cplusplus
extern "C" {
#endif

/* What the file holds in malloc'd memory with a NUL behind it. Of a larger one than `most` bytes a
 * little more than `most` is read: *length > most says so. NULL with errno set. */
char *ts_file_read(const char *path, size_t most, size_t *length);
char *ts_stream_read(FILE *stream, size_t most, size_t *length);

#ifdef __cplusplus
}
#endif
#endif
