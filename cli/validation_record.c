#include "cli/validation_record.h"

#include "cli/cli.h"
#include "tessera/csv.h"
#include "tessera/plan.h"

#include <glob.h>
#include <inttypes.h>
#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define RECORD_NAME "errors.csv"

const char *cli_validation_folder(struct ts_arena *arena)
{
    char program[PATH_MAX];
    ssize_t length = readlink("/proc/self/exe", program, sizeof program - 1);
    if (length > 0) {
        program[length] = '\0';
        char *slash = strrchr(program, '/');
        *(slash ? slash : program) = '\0';
        const char *folder = ts_arena_printf(arena, "%s/%s", program, TESSERA_INSTALLED_VALIDATION);
        if (access(folder, R_OK) == 0) {
            return folder;
        }
    }
    return TESSERA_SOURCE_VALIDATION;
}

bool cli_load_shipped_tables(struct ts_arena *arena, struct ts_diagnostics *diagnostics,
                             struct ts_reference **references, int *count)
{
    glob_t found;
    const char *folder = cli_validation_folder(arena);
    if (glob(ts_arena_printf(arena, "%s/*/*.csv", folder), 0, NULL, &found) != 0) {
        struct ts_place place = {.file = folder};
        return ts_diag_error(diagnostics, TS_ERROR_FILE, place, "no reference tables are there");
    }
    bool ok = true;
    for (size_t i = 0; i < found.gl_pathc; i++) {
        ok &= ts_references_load(found.gl_pathv[i], arena, diagnostics, references, count);
    }
    globfree(&found);
    return ok;
}

const struct ts_recorded_errors *cli_recorded_errors(struct ts_arena *arena)
{
    struct ts_diagnostics unsaid;
    struct ts_recorded_errors *recorded = TS_NEW(arena, struct ts_recorded_errors);
    const char *path = ts_arena_printf(arena, "%s/" RECORD_NAME, cli_validation_folder(arena));
    ts_diagnostics_init(&unsaid);
    bool ok = access(path, R_OK) == 0 && ts_recorded_load(path, arena, &unsaid, recorded);
    ts_diagnostics_release(&unsaid);
    return ok ? recorded : NULL;
}

/* ------------------------------------------------------------------ machines of the rows */

struct machine {
    const char *asked, *name, *family; /* family NULL: it could not be loaded */
    uint64_t hash;
};

struct machines {
    struct machine *items;
    int count;
};

static const struct machine *machine_of(const struct machines *machines, const char *asked)
{
    for (int i = 0; i < machines->count; i++) {
        if (strcmp(machines->items[i].asked, asked) == 0) {
            return &machines->items[i];
        }
    }
    return NULL;
}

/* Each machine as its file says it is, without the settings of single rows. */
static struct machines load_machines(const struct ts_reference *references, int count,
                                     struct ts_arena *arena)
{
    struct machines machines = {.items = TS_NEW_ARRAY(arena, count + 1, struct machine)};
    for (int i = 0; i < count; i++) {
        if (machine_of(&machines, references[i].arch)) {
            continue;
        }
        struct ts_arena scratch = TS_ARENA_INIT;
        struct ts_diagnostics unsaid; /* the row that names it has failed, and said why */
        const struct ts_arch *arch = NULL;
        ts_diagnostics_init(&unsaid);
        struct machine machine = {.asked = references[i].arch, .name = references[i].arch};
        if (ts_arch_load(references[i].arch, NULL, 0, &scratch, &unsaid, &arch)) {
            machine.name = ts_arena_strdup(arena, arch->name);
            machine.family = ts_arena_strdup(arena, arch->family->name);
            machine.hash = arch->hash;
        }
        machines.items[machines.count++] = machine;
        ts_diagnostics_release(&unsaid);
        ts_arena_release(&scratch);
    }
    return machines;
}

/* ------------------------------------------------------------------ the record */

struct record_maker {
    const struct ts_reference *references;
    const struct ts_outcome *outcomes;
    int count;
    struct machines machines;
    struct ts_recorded_error *items;
    int made;
};

/* What a record is of: a table, and a machine or (arch NULL) a family. */
struct subject {
    const struct record_maker *maker;
    const char *table, *arch, *family;
};

static bool is_of_subject(const struct ts_reference *reference, const void *context)
{
    const struct subject *subject = context;
    const struct machine *machine = machine_of(&subject->maker->machines, reference->arch);
    return strcmp(reference->file, subject->table) == 0 && machine->family &&
           strcmp(subject->arch ? machine->name : machine->family,
                  subject->arch ? subject->arch : subject->family) == 0;
}

static bool is_made(const struct record_maker *maker, const char *table, const char *family,
                    const char *arch)
{
    for (int i = 0; i < maker->made; i++) {
        const struct ts_recorded_error *item = &maker->items[i];
        if (strcmp(item->table, table) == 0 && strcmp(item->family, family) == 0 &&
            strcmp(item->arch, arch) == 0) {
            return true;
        }
    }
    return false;
}

static void make(struct record_maker *maker, const char *table, const struct machine *machine,
                 bool whole_family)
{
    const char *arch = whole_family ? "" : machine->name;
    if (!machine->family || is_made(maker, table, machine->family, arch)) {
        return;
    }
    struct subject subject = {maker, table, whole_family ? NULL : arch, machine->family};
    struct ts_error_summary summary = ts_error_summarize_if(maker->references, maker->outcomes,
                                                            maker->count, is_of_subject, &subject);
    maker->items[maker->made++] = (struct ts_recorded_error){
        .table = table,
        .family = machine->family,
        .arch = arch,
        .version = ts_version(),
        .arch_hash = whole_family ? 0 : machine->hash,
        .rows = summary.count,
        .failed = summary.failed,
        .mape = summary.mape,
        .median_ape = summary.median_ape,
        .p90_ape = summary.p90_ape,
        .bias = summary.bias,
    };
}

static struct ts_recorded_errors make_record(const struct ts_reference *references,
                                             const struct ts_outcome *outcomes, int count,
                                             struct ts_arena *arena)
{
    struct record_maker maker = {
        .references = references,
        .outcomes = outcomes,
        .count = count,
        .machines = load_machines(references, count, arena),
        .items = TS_NEW_ARRAY(arena, 2 * count + 1, struct ts_recorded_error),
    };
    for (int i = 0; i < count; i++) {
        const struct machine *machine = machine_of(&maker.machines, references[i].arch);
        make(&maker, references[i].file, machine, true);
        make(&maker, references[i].file, machine, false);
    }
    return (struct ts_recorded_errors){maker.items, maker.made};
}

static void write_record(const struct ts_recorded_error *record, FILE *stream)
{
    const char *const texts[] = {record->table, record->family, record->arch};
    for (int i = 0; i < 3; i++) {
        ts_csv_write_field(stream, texts[i]);
        fputc(',', stream);
    }
    fprintf(stream, *record->arch ? "%016" PRIx64 "," : ",", record->arch_hash);
    fprintf(stream, "%s,%d,%d,", record->version, record->rows, record->failed);
    if (record->rows > record->failed) {
        fprintf(stream, "%.2f,%.2f,%.2f,%.2f\n", record->mape, record->median_ape, record->p90_ape,
                record->bias);
    } else {
        fputs(",,,\n", stream);
    }
}

bool cli_write_record(const char *path, const struct ts_reference *references,
                      const struct ts_outcome *outcomes, int count, struct ts_arena *arena,
                      struct ts_diagnostics *diagnostics)
{
    struct ts_recorded_errors made = make_record(references, outcomes, count, arena);
    struct cli_output output;
    cli_output_begin(&output);
    fputs("table,family,arch,arch_hash,version,rows,failed,mape,median_ape,p90_ape,bias\n",
          output.stream);
    for (int i = 0; i < made.count; i++) {
        write_record(&made.items[i], output.stream);
    }
    return cli_output_end(&output, path, diagnostics);
}

/* ------------------------------------------------------------------ is it still so */

/* Per cent that a mean error may drift without a word. */
static const double drift = 0.1;

static const struct ts_recorded_error *find(const struct ts_recorded_errors *recorded,
                                            const struct ts_recorded_error *like)
{
    for (int i = 0; i < recorded->count; i++) {
        const struct ts_recorded_error *item = &recorded->items[i];
        if (strcmp(item->table, like->table) == 0 && strcmp(item->family, like->family) == 0 &&
            strcmp(item->arch, like->arch) == 0) {
            return item;
        }
    }
    return NULL;
}

void cli_compare_record(const struct ts_reference *references, const struct ts_outcome *outcomes,
                        int count, struct ts_arena *arena, FILE *talk)
{
    const struct ts_recorded_errors *recorded = cli_recorded_errors(arena);
    struct ts_recorded_errors made = make_record(references, outcomes, count, arena);
    int stale = 0;
    for (int i = 0; i < made.count; i++) {
        const struct ts_recorded_error *now = &made.items[i];
        const struct ts_recorded_error *then = recorded ? find(recorded, now) : NULL;
        bool same = then && then->rows == now->rows && then->failed == now->failed &&
                    then->arch_hash == now->arch_hash && fabs(then->mape - now->mape) <= drift;
        stale += same ? 0 : 1;
    }
    if (stale > 0) {
        fprintf(talk,
                "note: %d of %d recorded errors are out of date; `tessera validate --errors %s/"
                "%s` writes them anew\n",
                stale, made.count, cli_validation_folder(arena), RECORD_NAME);
    }
}
