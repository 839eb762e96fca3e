/* Files that are no sound store of this program's version: refused with a reason, byte for byte as
 * they were. */
#include "suite.h"

#include "tessera/store.h"

#include <sqlite3.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static struct ts_diagnostics diagnostics;
static char path[] = P_tmpdir "/tessera-store-XXXXXX";

enum { ROWS = 60, MAX_BYTES = 1 << 20, PAGE_BYTES = 4096 };

struct file {
    unsigned char bytes[MAX_BYTES];
    size_t length;
};

static struct file sound, before, after;

static void read_file(struct file *file)
{
    FILE *stream = fopen(path, "rb");
    CU_ASSERT_PTR_NOT_NULL_FATAL(stream);
    file->length = fread(file->bytes, 1, sizeof file->bytes, stream);
    fclose(stream);
}

static void remove_all(void)
{
    char name[sizeof path + 8];
    static const char *const ends[] = {"", "-wal", "-shm"};
    for (int i = 0; i < 3; i++) {
        snprintf(name, sizeof name, "%s%s", path, ends[i]);
        unlink(name);
    }
}

/* Puts `before` into the place of the store. */
static void write_file(void)
{
    remove_all();
    FILE *stream = fopen(path, "wb");
    CU_ASSERT_PTR_NOT_NULL_FATAL(stream);
    CU_ASSERT_EQUAL(fwrite(before.bytes, 1, before.length, stream), before.length);
    fclose(stream);
}

static struct ts_store *open_store(enum ts_store_access access)
{
    ts_diagnostics_release(&diagnostics);
    return ts_store_open(path, access, &diagnostics);
}

/* The others change this one. */
static void a_new_store_is_made(void)
{
    char key[16], text[512];
    remove_all();
    struct ts_store *store = open_store(TS_STORE_WRITE);
    CU_ASSERT_PTR_NOT_NULL_FATAL(store);
    memset(text, 'x', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    for (int i = 0; i < ROWS; i++) {
        snprintf(key, sizeof key, "key %d", i);
        struct ts_store_row row = {.key = key,
                                   .arch = "a",
                                   .workload = "w",
                                   .batch = 1,
                                   .precision = "p",
                                   .mode = "m",
                                   .settings = "{}",
                                   .options = "",
                                   .result = text,
                                   .run_s = 1};
        CU_ASSERT_TRUE(ts_store_put(store, &row, &diagnostics));
    }
    ts_store_close(store);
    read_file(&sound);
}

/* Refused for reading and for writing, and unchanged. */
static bool refused(enum ts_error code, const char *said)
{
    bool all = true;
    for (int access = TS_STORE_READ; access <= TS_STORE_WRITE; access++) {
        write_file();
        struct ts_store *store = open_store((enum ts_store_access)access);
        all &= !store && diagnostics.errors == 1 && diagnostics.entries[0].code == code &&
               strstr(diagnostics.entries[0].message, said);
        ts_store_close(store);
        read_file(&after);
        all &=
            after.length == before.length && memcmp(after.bytes, before.bytes, before.length) == 0;
    }
    return all;
}

static void other_versions_are_refused(void)
{
    before = sound;
    memset(before.bytes + 60, 0, 4); /* user_version, big-endian */
    CU_ASSERT_TRUE(refused(TS_ERROR_CONFLICT, "schema version 0"));
    CU_ASSERT_PTR_NOT_NULL(strstr(diagnostics.entries[0].help, "the older tessera"));
    before.bytes[63] = TS_STORE_VERSION + 1;
    CU_ASSERT_TRUE(refused(TS_ERROR_CONFLICT, "schema version"));
    CU_ASSERT_PTR_NOT_NULL(strstr(diagnostics.entries[0].help, "the newer tessera"));
}

static void other_files_are_refused(void)
{
    before = sound;
    memset(before.bytes + 68, 0, 4); /* application_id */
    CU_ASSERT_TRUE(refused(TS_ERROR_FILE, "no store of Tessera"));
    before.length = 50; /* not even a header */
    CU_ASSERT_TRUE(refused(TS_ERROR_FILE, "no store of Tessera"));
    before.length = (size_t)snprintf((char *)before.bytes, MAX_BYTES, "%200s", "a text");
    CU_ASSERT_TRUE(refused(TS_ERROR_FILE, "no store of Tessera"));
}

static void truncated_stores_are_refused(void)
{
    for (size_t pages = 1; pages < sound.length / PAGE_BYTES; pages += 3) {
        before = sound;
        before.length = pages * PAGE_BYTES;
        CU_ASSERT_TRUE(refused(TS_ERROR_FILE, "damaged"));
    }
}

/* A whole page of nonsense anywhere behind the first. */
static void overwritten_pages_are_found(void)
{
    for (size_t page = 1; page < sound.length / PAGE_BYTES; page++) {
        before = sound;
        memset(before.bytes + page * PAGE_BYTES, 0xa5, PAGE_BYTES);
        CU_ASSERT_TRUE(refused(TS_ERROR_FILE, "damaged"));
    }
}

static bool visit(void *context, const struct ts_store_row *row)
{
    *(int *)context += row->key != NULL && row->arch != NULL;
    return true;
}

/* Single bytes may be anything: an error, another text, or nothing; never a crash. */
static void changed_bytes_never_crash(void)
{
    for (size_t at = 100; at < sound.length; at += 211) {
        before = sound;
        before.bytes[at] ^= 0x5a;
        write_file();
        int rows = 0;
        struct ts_store *store = open_store(TS_STORE_READ);
        if (store) {
            ts_store_each(store, visit, &rows, &diagnostics);
            CU_ASSERT_TRUE(rows == ROWS || diagnostics.errors > 0);
        } else {
            CU_ASSERT_TRUE(diagnostics.errors > 0);
        }
        ts_store_close(store);
        read_file(&after);
        CU_ASSERT_TRUE(after.length == before.length &&
                       memcmp(after.bytes, before.bytes, before.length) == 0);
    }
}

static void execute(sqlite3 *database, const char *sql)
{
    CU_ASSERT_EQUAL(sqlite3_exec(database, sql, NULL, NULL, NULL), SQLITE_OK);
}

static void a_locked_store_is_refused(void)
{
    sqlite3 *other = NULL;
    before = sound;
    write_file();
    CU_ASSERT_EQUAL_FATAL(sqlite3_open(path, &other), SQLITE_OK);
    execute(other, "PRAGMA locking_mode=EXCLUSIVE; BEGIN EXCLUSIVE");
    CU_ASSERT_PTR_NULL(open_store(TS_STORE_WRITE));
    CU_ASSERT_EQUAL(diagnostics.entries[0].code, TS_ERROR_CONFLICT);
    CU_ASSERT_PTR_NOT_NULL(strstr(diagnostics.entries[0].message, "locked"));
    read_file(&after);
    CU_ASSERT_TRUE(after.length == before.length &&
                   memcmp(after.bytes, before.bytes, before.length) == 0);
    execute(other, "ROLLBACK");
    sqlite3_close(other);
    struct ts_store *store = open_store(TS_STORE_WRITE);
    CU_ASSERT_PTR_NOT_NULL(store);
    ts_store_close(store);
}

static void a_store_can_be_read_while_a_sweep_writes(void)
{
    int rows = 0;
    before = sound;
    write_file();
    struct ts_store *writer = open_store(TS_STORE_WRITE);
    struct ts_store *reader = open_store(TS_STORE_READ);
    CU_ASSERT_TRUE_FATAL(writer && reader);
    struct ts_store_row row = {.key = "one more",
                               .arch = "a",
                               .workload = "w",
                               .batch = 1,
                               .precision = "p",
                               .mode = "m",
                               .settings = "{}",
                               .options = "",
                               .result = "{}",
                               .run_s = 1};
    CU_ASSERT_TRUE(ts_store_put(writer, &row, &diagnostics));
    CU_ASSERT_TRUE(ts_store_each(reader, visit, &rows, &diagnostics));
    CU_ASSERT_EQUAL(rows, ROWS + 1);
    ts_store_close(reader);
    ts_store_close(writer);
}

int main(void)
{
    static const struct test_case cases[] = {
        {"a new store is made", a_new_store_is_made},
        {"other versions are refused", other_versions_are_refused},
        {"other files are refused", other_files_are_refused},
        {"truncated stores are refused", truncated_stores_are_refused},
        {"overwritten pages are found", overwritten_pages_are_found},
        {"changed bytes never crash", changed_bytes_never_crash},
        {"a locked store is refused", a_locked_store_is_refused},
        {"a store can be read while a sweep writes", a_store_can_be_read_while_a_sweep_writes},
    };
    ts_diagnostics_init(&diagnostics);
    int file = mkstemp(path);
    close(file);
    int status = file >= 0 ? RUN_SUITE("store_file", cases) : EXIT_FAILURE;
    remove_all();
    ts_diagnostics_release(&diagnostics);
    return status;
}
