#include "cli/cli.h"

#include "tessera/sweep.h"
#include "tessera/technology.h"

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

static bool ends_with(const char *text, const char *end)
{
    size_t length = strlen(text), end_length = strlen(end);
    return length >= end_length && strcmp(text + length - end_length, end) == 0;
}

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

static int check(struct cli_session *session, const char *path)
{
    struct subject subject = {path, session};
    const char *name = "network";
    bool ok = false;
    if (ends_with(path, ".onnx") || ends_with(path, ".csv")) {
        ok = check_network(&subject);
    } else if (ends_with(path, ".cfg")) {
        ok = check_arch(&subject);
        name = "architecture";
    } else {
        const struct ts_yaml *root =
            ts_yaml_load_file(path, &session->arena, &session->diagnostics);
        const struct kind *kind = root ? find_kind(session, root) : NULL;
        ok = kind && kind->check(&subject);
        name = kind ? kind->name : name;
    }
    if (ok) {
        printf("%s: %s: ok\n", path, name);
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
    "check",
    "FILE",
    "Say what a file is and whether it is sound",
    run,
};
