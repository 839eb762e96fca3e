/* docs/validation.md: the tables of errors as Markdown. */
#include "tessera/validate.h"

static void put_summary(const struct ts_error_summary *summary, const char *indent, FILE *stream)
{
    fprintf(stream, "| %s%s | %d | %d | ", indent, summary->name, summary->count, summary->failed);
    if (summary->count == summary->failed) {
        fputs("- | - | - | - |\n", stream);
        return;
    }
    fprintf(stream, "%.2f | %.2f | %.2f | %+.2f |\n", summary->mape, summary->median_ape,
            summary->p90_ape, summary->bias);
}

static void put_file(const struct ts_reference *references, const struct ts_outcome *outcomes,
                     int count, const char *file, FILE *stream)
{
    struct ts_arena arena = TS_ARENA_INIT;
    const char **archs = TS_NEW_ARRAY(&arena, count + 1, const char *);
    int arch_count = ts_validation_archs(references, count, file, archs);
    struct ts_error_summary all = ts_error_summarize(references, outcomes, count, file, NULL);
    fputs("\n| in per cent | rows | failed | MAPE | median | p90 | bias |\n"
          "| --- | ---: | ---: | ---: | ---: | ---: | ---: |\n",
          stream);
    put_summary(&all, "", stream);
    for (int a = 0; a < arch_count; a++) {
        struct ts_error_summary one =
            ts_error_summarize(references, outcomes, count, file, archs[a]);
        put_summary(&one, "&nbsp;&nbsp;", stream);
    }
    ts_arena_release(&arena);
}

void ts_validation_markdown(const struct ts_reference *references,
                            const struct ts_outcome *outcomes, int count, FILE *stream)
{
    struct ts_arena arena = TS_ARENA_INIT;
    const char **files = TS_NEW_ARRAY(&arena, count + 1, const char *);
    int file_count = ts_validation_files(references, count, files);
    fputs("# How far from measured\n\n"
          "Made by `tessera validate -f markdown -o docs/validation.md --errors "
          "tests/validation/errors.csv` from the\ntables in `tests/validation/`; the picture by "
          "`-f svg -o docs/images/validation.svg`. The error of a row is\n100 x (simulated / "
          "measured - 1). A row that could not be run counts as failed.\n\n"
          "![simulated against measured](images/validation.svg)\n",
          stream);
    for (int f = 0; f < file_count; f++) {
        fprintf(stream, "\n## %s\n", files[f]);
        put_file(references, outcomes, count, files[f], stream);
    }
    ts_arena_release(&arena);
}
