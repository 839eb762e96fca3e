/* Files that a test writes: in a folder of its own, which goes when the test ends. */
#ifndef TESSERA_TESTS_SCRATCH_H
#define TESSERA_TESTS_SCRATCH_H

/* The folder; made by the first call. */
const char *scratch_folder(void);

/* Path of NAME in it; lives until the next call. */
const char *scratch_path(const char *name);

/* Writes a text file there; its path, as above. */
const char *scratch_write(const char *name, const char *text);

#endif
