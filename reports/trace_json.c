#include "reports/trace_json.h"

#include <inttypes.h>
#include <jansson.h>
#include <math.h>

void trace_put_text(FILE *stream, const char *text)
{
    json_t *node = json_string(text);
    if (!node) {
        node = json_string("(not UTF-8)"); /* a file name need not be; JSON must */
    }
    json_dumpf(node, stream, JSON_ENCODE_ANY); /* whoever ends the file asks ferror() */
    json_decref(node);
}

static void put_number(FILE *stream, double number)
{
    if (number == floor(number) && fabs(number) < 1e15) {
        fprintf(stream, "%.0f", number);
    } else {
        fprintf(stream, "%.9g", isfinite(number) ? number : 0);
    }
}

void trace_put_us(FILE *stream, int64_t ps)
{
    char digits[32];
    int length =
        snprintf(digits, sizeof digits, "%" PRId64 ".%06" PRId64, ps / 1000000, ps % 1000000);
    while (digits[length - 1] == '0') {
        length--;
    }
    length -= digits[length - 1] == '.';
    fwrite(digits, 1, (size_t)length, stream);
}

static void put_arguments(FILE *stream, const struct record *record)
{
    const char *separator = ",\"args\":{";
    for (int i = 0; i < record->argument_count; i++) {
        fprintf(stream, "%s\"%s\":", separator, record->arguments[i].key);
        if (record->arguments[i].text) {
            trace_put_text(stream, record->arguments[i].text);
        } else {
            put_number(stream, record->arguments[i].number);
        }
        separator = ",";
    }
    if (record->asked_ps < record->start_ps) {
        fprintf(stream, "%s\"waited_us\":", separator);
        trace_put_us(stream, record->start_ps - record->asked_ps);
        separator = ",";
    }
    fputs(separator[1] == '\0' ? "}}" : "}", stream); /* some, or none */
}

/* As Perfetto reads a time (CoerceToTs): microseconds as a double, cut to whole nanoseconds. */
static int64_t viewer_ns(int64_t ps)
{
    return (int64_t)((double)ps / 1e6 * 1000.0);
}

/* A picosecond less where the viewer's rounding would let the slice reach into its neighbour. */
static int64_t shown_duration_ps(int64_t start_ps, int64_t end_ps)
{
    int64_t duration_ps = end_ps - start_ps;
    bool overlaps = viewer_ns(start_ps) + viewer_ns(duration_ps) > viewer_ns(end_ps);
    return duration_ps - (overlaps ? 1 : 0);
}

void trace_put_slice(FILE *stream, int process, int64_t thread, const struct record *record,
                     int64_t start_ps)
{
    fprintf(stream, "{\"ph\":\"X\",\"pid\":%d,\"tid\":%" PRId64 ",\"ts\":", process, thread);
    trace_put_us(stream, start_ps);
    fputs(",\"dur\":", stream);
    trace_put_us(stream, shown_duration_ps(start_ps, record->end_ps));
    fputs(",\"name\":", stream);
    trace_put_text(stream, record->name);
    fprintf(stream, ",\"cat\":\"%s\"", record->category);
    put_arguments(stream, record);
}

void trace_put_name(FILE *stream, const char *kind, int process, int64_t thread, const char *name,
                    int64_t sort_index)
{
    fprintf(stream,
            "{\"ph\":\"M\",\"pid\":%d,\"tid\":%" PRId64 ",\"name\":\"%s_name\",\"args\":{\"name\":",
            process, thread, kind);
    trace_put_text(stream, name);
    fprintf(stream,
            "}},\n{\"ph\":\"M\",\"pid\":%d,\"tid\":%" PRId64
            ",\"name\":\"%s_sort_index\",\"args\":{\"sort_index\":%" PRId64 "}}",
            process, thread, kind, sort_index);
}
