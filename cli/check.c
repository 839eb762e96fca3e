#include "cli/stored.h"

#include "tessera/sweep.h"
#include "tessera/technology.h"
#include "tessera/validate.h"

#include <string.h>

struct subject {
    const char *path;
    struct cli_session *session;
};

static bool check_arch(const struct subject *subject)
{
    const struct ts_arch *arch = NULL;
    return ts_arch_load(subject->path, NULL, 0, &subject->session->arena,
                        &subject->session->diagnostics, &arch);
}

static bool check_network(const struct subject *subject)
{
    struct ts_program *program = NULL;
    struct ts_workload_options options = {.batch = 1, .precision = TS_FP32};
    return ts_workload_load(subject->path, &options, &subject->session->arena,
                            &subject->session->diagnostics, &program);
}

static bool check_sweep(const struct subject *subject)
{
    const struct ts_sweep *sweep = NULL;
    return ts_sweep_load(subject->path, &subject->session->arena, &subject->session->diagnostics,
                         &sweep) &&
           ts_sweep_check(sweep, &subject->session->diagnostics);
}

static bool check_technology(const struct subject *subject)
{
    const struct ts_technology *technology = NULL;
    struct ts_place place = {.file = subject->path};
    return ts_technology_load(subject->path, place, &subject->session->arena,
                              &subject->session->diagnostics, &technology);
}

static bool check_store(const struct subject *subject)
{
    struct ts_store *store =
        ts_store_open(subject->path, TS_STORE_READ, &subject->session->diagnostics);
    ts_store_close(store);
    return store != NULL;
}

static bool check_results(const struct subject *subject)
{
    struct ts_result_list results = {.count = 0};
    return ts_results_read_file(subject->path, &subject->session->arena,
                                &subject->session->diagnostics, &results);
}

static bool check_references(const struct subject *subject)
{
    struct ts_reference *references = NULL;
    int count = 0;
    return ts_references_load(subject->path, &subject->session->arena,
                              &subject->session->diagnostics, &references, &count);
}

/* Two kinds of CSV: a heading with these columns is that of a reference table. */
static bool has_references(const char *path)
{
    char heading[256] = "";
    FILE *file = fopen(path, "r");
    bool is_table = file && fgets(heading, sizeof heading, file) && strstr(heading, "arch") &&
                    strstr(heading, "workload") && strstr(heading, "expected");
    if (file) {
        fclose(file);
    }
    return is_table;
}

/* A file is what its top-level keys say. */
static const struct kind {
    const char *name;
    const char *keys[4];
    bool (*check)(const struct subject *subject);
} kinds[] = {
    {"sweep", {"axes", "archs", "workloads"}, check_sweep},
    {"network", {"layers", "blocks", "base"}, check_network},
    {"architecture", {"family", "extends", "compute"}, check_arch},
    {"DRAM device", {"geometry", "timing"}, check_arch},
    {"technology", {"arithmetic", "process_nm"}, check_technology},
};
enum { KINDS = sizeof kinds / sizeof *kinds };

static const struct kind *find_kind(struct cli_session *session, const struct ts_yaml *root)
{
    for (int k = 0; k < KINDS; k++) {
        for (int i = 0; i < 4 && kinds[k].keys[i]; i++) {
            if (ts_yaml_get(root, kinds[k].keys[i])) {
                return &kinds[k];
            }
        }
    }
    ts_yaml_error(&session->diagnostics, root, TS_ERROR_UNSUPPORTED,
                  "none of its keys says what this file is");
    ts_diag_help(&session->diagnostics,
                 "an architecture has 'family', a network 'layers', a DRAM device 'geometry', a "
                 "sweep 'axes', a technology 'arithmetic'");
    return NULL;
}

/* Files that are told by their name or first bytes; NULL: one of YAML. */
static const struct kind *told_kind(const char *path)
{
    static const struct kind network = {.name = "network", .check = check_network},
                             arch = {.name = "architecture", .check = check_arch},
                             store = {.name = "store", .check = check_store},
                             results = {.name = "results", .check = check_results},
                             references = {.name = "reference table", .check = check_references};
    if (cli_is_store(path)) {
        return &store;
    }
    if (cli_ends_with(path, ".json")) {
        return &results;
    }
    if (cli_ends_with(path, ".csv")) {
        return has_references(path) ? &references : &network;
    }
    return cli_ends_with(path, ".onnx") ? &network : cli_ends_with(path, ".cfg") ? &arch : NULL;
}

static int check(struct cli_session *session, const char *path)
{
    struct subject subject = {path, session};
    const struct kind *kind = told_kind(path);
    if (!kind) {
        const struct ts_yaml *root =
            ts_yaml_load_file(path, &session->arena, &session->diagnostics);
        kind = root ? find_kind(session, root) : NULL;
    }
    bool ok = kind && kind->check(&subject);
    if (ok) {
        printf("%s: %s: ok\n", path, kind->name);
    }
    return ok ? CLI_DONE : CLI_BAD_INPUT;
}

static int run(const struct cli_command *command, const char *const *words, int count)
{
    struct cli_session session;
    cli_begin(&session, command);
    struct cli_output_options options = {.format = CLI_TEXT};
    const struct ts_option_table table = {&cli_help_option, 1, &options};
    struct ts_arguments arguments;
    int status = CLI_BAD_INPUT;
    if (cli_parse(&session, &table, 1, words, count, &options.help, &arguments, &status)) {
        if (arguments.count != 1) {
            cli_usage_error(&session, "one file has to be named");
        } else {
            status = check(&session, arguments.words[0]);
        }
    }
    return cli_end(&session, status);
}

const struct cli_command cli_check = {
    "check", "FILE", "Say what a file is and whether it is sound", "  tessera check mine.yaml\n",
    run,
};
