#define _GNU_SOURCE /* dl_iterate_phdr() */

#include "tessera/build.h"

#include "tessera/sim.h"

#include <link.h>
#include <stdio.h>
#include <string.h>

enum { DIGITS = 8, ALIGNMENT = 4 };

static size_t aligned(size_t size)
{
    return (size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
}

/* Looks through one segment of notes: header, name, description, each aligned (elf(5)). */
static bool find_id(const unsigned char *at, size_t size, char *digits)
{
    const unsigned char *end = at + size;
    while ((size_t)(end - at) >= sizeof(ElfW(Nhdr))) {
        ElfW(Nhdr) note;
        memcpy(&note, at, sizeof note);
        const unsigned char *name = at + sizeof note, *id = name + aligned(note.n_namesz);
        if (note.n_type == NT_GNU_BUILD_ID && note.n_namesz == sizeof "GNU" &&
            memcmp(name, "GNU", sizeof "GNU") == 0 && note.n_descsz >= DIGITS / 2) {
            for (int i = 0; i < DIGITS / 2; i++) {
                snprintf(digits + 2 * i, 3, "%02x", id[i]);
            }
            return true;
        }
        at = id + aligned(note.n_descsz);
    }
    return false;
}

/* The first object is the program itself. */
static int look_at(struct dl_phdr_info *object, size_t size, void *digits)
{
    (void)size;
    for (int i = 0; i < object->dlpi_phnum; i++) {
        const ElfW(Phdr) *segment = &object->dlpi_phdr[i];
        if (segment->p_type == PT_NOTE &&
            find_id((const unsigned char *)(object->dlpi_addr + segment->p_vaddr), segment->p_memsz,
                    digits)) {
            break;
        }
    }
    return 1;
}

const char *ts_build(void)
{
    static char digits[DIGITS + 1];
    if (!*digits) {
        dl_iterate_phdr(look_at, digits);
    }
    return *digits ? digits : "unknown";
}

const char *ts_version_and_build(void)
{
    static char text[64];
    if (!*text) {
        snprintf(text, sizeof text, "%s+%s", ts_version(), ts_build());
    }
    return text;
}
