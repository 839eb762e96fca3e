#include "cli/cli.h"

#include "tessera/build.h"

#include <errno.h>
#include <gsl/gsl_errno.h>
#include <signal.h>
#include <string.h>

static const struct cli_command *const commands[] = {
    &cli_run,   &cli_compare, &cli_sweep, &cli_validate, &cli_memory,      &cli_list,
    &cli_check, &cli_report,  &cli_best,  &cli_pareto,   &cli_sensitivity,
};
enum { COMMANDS = sizeof commands / sizeof *commands };

static void print_usage(FILE *stream)
{
    fprintf(stream, "usage: tessera COMMAND [options]\n\n"
                    "How would a CPU, a GPU, a TPU or a sparse accelerator run a network?\n\n");
    for (int i = 0; i < COMMANDS; i++) {
        fprintf(stream, "  %-12s %s\n", commands[i]->name, commands[i]->summary);
    }
    fprintf(stream, "\n  --version    the version\n  --help       say this; "
                    "`tessera help COMMAND` says what a command takes\n");
}

static const struct cli_command *find_command(const char *word)
{
    for (int i = 0; i < COMMANDS; i++) {
        if (strcmp(word, commands[i]->name) == 0) {
            return commands[i];
        }
    }
    return NULL;
}

static int unknown_command(const char *word)
{
    const char *names[COMMANDS];
    for (int i = 0; i < COMMANDS; i++) {
        names[i] = commands[i]->name;
    }
    const char *kind = word[0] == '-' ? "option" : "command";
    fprintf(stderr, "error: unknown %s '%s' [usage]\n", kind, word);
    const char *suggestion = ts_suggest(word, names, COMMANDS);
    if (suggestion) {
        fprintf(stderr, "  help: did you mean '%s'?\n", suggestion);
    } else {
        fprintf(stderr, "  help: `tessera --help` lists the commands\n");
    }
    return CLI_BAD_INPUT;
}

static int run_command(const char *word, const char *const *words, int count)
{
    const struct cli_command *command = find_command(word);
    return command ? command->run(command, words, count) : unknown_command(word);
}

/* `tessera help` and `tessera help COMMAND`, as with --help. */
static int help(const char *const *words, int count)
{
    static const char *const asked[] = {"--help"};
    if (count > 0) {
        return run_command(words[0], asked, 1);
    }
    print_usage(stdout);
    return CLI_DONE;
}

static int run(const char *const *words, int count)
{
    if (strcmp(words[0], "--version") == 0) {
        printf("tessera %s\nbuild %s\n", ts_version(), ts_build());
        return CLI_DONE;
    }
    if (strcmp(words[0], "--help") == 0 || strcmp(words[0], "-h") == 0 ||
        strcmp(words[0], "help") == 0) {
        return help(words + 1, count - 1);
    }
    return run_command(words[0], words + 1, count - 1);
}

/* What was printed and did not arrive, on a full disk, is an error too. */
static int finish_output(int status)
{
    if ((fflush(stdout) == 0 && !ferror(stdout)) || status != CLI_DONE) {
        return status;
    }
    fprintf(stderr, "(standard output): error: cannot write: %s [file]\n", strerror(errno));
    return CLI_BAD_INPUT;
}

int main(int argc, char **argv)
{
    gsl_set_error_handler_off(); /* GSL would abort on a domain error */
    signal(SIGPIPE, SIG_IGN);    /* a closed pipe is a write error like others */
    if (argc < 2) {
        print_usage(stderr);
        return CLI_BAD_INPUT;
    }
    return finish_output(run((const char *const *)argv + 1, argc - 1));
}
