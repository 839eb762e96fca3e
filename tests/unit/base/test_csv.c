#include "suite.h"

#include "tessera/csv.h"

#include <string.h>

static struct ts_arena arena;
static struct ts_diagnostics diagnostics;

static const struct ts_csv *parse(const char *text)
{
    ts_arena_release(&arena);
    ts_diagnostics_release(&diagnostics);
    return ts_csv_parse("table.csv", text, strlen(text), &arena, &diagnostics);
}

static bool refused(const char *text, enum ts_error code, int line)
{
    return parse(text) == NULL && diagnostics.errors == 1 && diagnostics.entries[0].code == code &&
           diagnostics.entries[0].place.line == line;
}

static void reads_plain_and_quoted_fields(void)
{
    const struct ts_csv *table = parse("id,what\n1,plain\n2,\"a,b\"\n3,\"say \"\"x\"\"\"\n");
    CU_ASSERT_PTR_NOT_NULL_FATAL(table);
    CU_ASSERT_EQUAL(table->row_count, 3);
    CU_ASSERT_EQUAL(table->column_count, 2);
    CU_ASSERT_STRING_EQUAL(table->rows[0].fields[1], "plain");
    CU_ASSERT_STRING_EQUAL(table->rows[1].fields[1], "a,b");
    CU_ASSERT_STRING_EQUAL(table->rows[2].fields[1], "say \"x\"");
}

static void counts_lines_through_line_breaks_in_fields(void)
{
    const struct ts_csv *table = parse("a,b\n\"x\ny\",1\n\nz,2\n");
    CU_ASSERT_PTR_NOT_NULL_FATAL(table);
    CU_ASSERT_EQUAL(table->row_count, 2);
    CU_ASSERT_STRING_EQUAL(table->rows[0].fields[0], "x\ny");
    CU_ASSERT_EQUAL(table->rows[0].line, 2);
    CU_ASSERT_EQUAL(table->rows[1].line, 5);
}

static void takes_crlf_a_byte_order_mark_and_a_missing_last_line_end(void)
{
    const struct ts_csv *table = parse("\xef\xbb\xbf"
                                       "a,b\r\n1,\"2\"\r\n3,");
    CU_ASSERT_PTR_NOT_NULL_FATAL(table);
    CU_ASSERT_STRING_EQUAL(table->columns[0], "a");
    CU_ASSERT_STRING_EQUAL(table->columns[1], "b");
    CU_ASSERT_EQUAL(table->row_count, 2);
    CU_ASSERT_STRING_EQUAL(table->rows[0].fields[1], "2");
    CU_ASSERT_STRING_EQUAL(table->rows[1].fields[1], "");
}

static void finds_columns_by_name(void)
{
    const struct ts_csv *table = parse("id,arch\nx,y\n");
    CU_ASSERT_PTR_NOT_NULL_FATAL(table);
    CU_ASSERT_EQUAL(ts_csv_column(table, "arch"), 1);
    CU_ASSERT_EQUAL(ts_csv_column(table, "batch"), -1);
}

static void refuses_what_is_no_table(void)
{
    CU_ASSERT_TRUE(refused("", TS_ERROR_SYNTAX, 1));
    CU_ASSERT_TRUE(refused("\n\n", TS_ERROR_SYNTAX, 1));
    CU_ASSERT_TRUE(refused("a,b\n1,2\n3\n", TS_ERROR_SYNTAX, 3));
    CU_ASSERT_TRUE(refused("a,b\n1,2,3\n", TS_ERROR_SYNTAX, 2));
    CU_ASSERT_TRUE(refused("a,b\n1,\"open\n", TS_ERROR_SYNTAX, 2));
    CU_ASSERT_TRUE(refused("a,b\n1,\"x\"y\n", TS_ERROR_SYNTAX, 2));
    CU_ASSERT_TRUE(refused("a,b\n1,x\"y\n", TS_ERROR_SYNTAX, 2));
}

static void refuses_nul_bytes_and_too_many_fields(void)
{
    ts_arena_release(&arena);
    ts_diagnostics_release(&diagnostics);
    CU_ASSERT_PTR_NULL(ts_csv_parse("t", "a\0b\n", 4, &arena, &diagnostics));
    CU_ASSERT_EQUAL(diagnostics.entries[0].code, TS_ERROR_FILE);
    char wide[TS_CSV_MAX_FIELDS + 2];
    memset(wide, ',', sizeof wide - 1);
    wide[sizeof wide - 1] = '\0';
    CU_ASSERT_TRUE(refused(wide, TS_ERROR_LIMIT, 1));
}

static void says_when_a_file_cannot_be_read(void)
{
    ts_diagnostics_release(&diagnostics);
    CU_ASSERT_PTR_NULL(ts_csv_load("/nowhere/at/all.csv", &arena, &diagnostics));
    CU_ASSERT_EQUAL(diagnostics.entries[0].code, TS_ERROR_FILE);
    ts_diagnostics_release(&diagnostics);
    CU_ASSERT_PTR_NULL(ts_csv_load("/", &arena, &diagnostics)); /* a folder */
    CU_ASSERT_EQUAL(diagnostics.entries[0].code, TS_ERROR_FILE);
}

static void what_is_written_reads_back(void)
{
    static const char *const fields[] = {"plain", "a,b", "quo\"te", "two\nlines", ""};
    char *text = NULL;
    size_t length = 0;
    FILE *stream = open_memstream(&text, &length);
    fputs("a,b,c,d,e\n", stream);
    for (int i = 0; i < 5; i++) {
        fputs(i ? "," : "", stream);
        ts_csv_write_field(stream, fields[i]);
    }
    fclose(stream);
    const struct ts_csv *table = parse(text);
    CU_ASSERT_PTR_NOT_NULL_FATAL(table);
    for (int i = 0; i < 5; i++) {
        CU_ASSERT_STRING_EQUAL(table->rows[0].fields[i], fields[i]);
    }
    free(text);
}

int main(void)
{
    static const struct test_case cases[] = {
        {"reads plain and quoted fields", reads_plain_and_quoted_fields},
        {"counts lines through line breaks in fields", counts_lines_through_line_breaks_in_fields},
        {"takes CRLF, a byte order mark and a missing last line end",
         takes_crlf_a_byte_order_mark_and_a_missing_last_line_end},
        {"finds columns by name", finds_columns_by_name},
        {"refuses what is no table", refuses_what_is_no_table},
        {"refuses NUL bytes and too many fields", refuses_nul_bytes_and_too_many_fields},
        {"says when a file cannot be read", says_when_a_file_cannot_be_read},
        {"what is written reads back", what_is_written_reads_back},
    };
    int status = RUN_SUITE("csv", cases);
    ts_arena_release(&arena);
    ts_diagnostics_release(&diagnostics);
    return status;
}
