/* Traces of several machines as one file of trace-event JSON. */
#include "reports/trace_json.h"
#include "tessera/result.h"

#include <math.h>

/* Events that follow others need a comma; the part begins with a new line. */
static void copy_events(FILE *stream, FILE *part, bool follows)
{
    char buffer[65536];
    size_t length;
    rewind(part);
    if (follows) {
        fputc(',', stream);
    }
    while ((length = fread(buffer, 1, sizeof buffer, part)) > 0) {
        fwrite(buffer, 1, length, stream);
    }
}

static void put_machine(FILE *stream, const struct ts_result *result, bool follows)
{
    fputs(follows ? ",{\"arch\":" : "{\"arch\":", stream);
    trace_put_text(stream, result->arch.name);
    fputs(",\"workload\":", stream);
    trace_put_text(stream, result->workload.name);
    fprintf(stream, ",\"clock_mhz\":%.9g,\"latency_us\":", result->clock_mhz);
    trace_put_us(stream, llround(result->latency_s * 1e12));
    fputc('}', stream);
}

void ts_trace_event_join(FILE *stream, FILE *const *parts, const struct ts_result *const *results,
                         int count)
{
    fputs("{\"traceEvents\":[", stream);
    for (int i = 0; i < count; i++) {
        copy_events(stream, parts[i], i > 0);
    }
    fputs("\n],\"displayTimeUnit\":\"ns\",\"otherData\":{\"generator\":\"tessera\",\"version\":",
          stream);
    trace_put_text(stream, count > 0 ? results[0]->provenance.version : "");
    fputs(",\"machines\":[", stream);
    for (int i = 0; i < count; i++) {
        put_machine(stream, results[i], i > 0);
    }
    fputs("]}}\n", stream);
}
