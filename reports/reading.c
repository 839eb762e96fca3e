#include "tessera/report.h"

#include <stdlib.h>
#include <string.h>

enum { LINE_COLUMNS = 100 };

/* A share of time or energy below this is not worth a word. */
static const double WORTH_SAYING = 0.10;
/* A machine that computes for less than this share of its time has something else to gain. */
static const double MOSTLY = 0.60;

static double samples(const struct ts_result *result)
{
    double count = result->throughput_per_s * result->latency_s;
    return count > 0 ? count : 1;
}

static double energy_each_j(const struct ts_result *result)
{
    return result->energy.total_j / samples(result);
}

static double latency_s(const struct ts_result *result)
{
    return result->latency_s;
}

static bool is_training(const struct ts_result *result)
{
    return result->workload.mode && strcmp(result->workload.mode, "training") == 0;
}

/* Writes a paragraph wrapped at blanks, later lines indented by two. */
static void write_wrapped(const char *text, FILE *stream)
{
    int column = 0;
    while (*text) {
        size_t length = strcspn(text, " ");
        if (column > 0 && column + 1 + (int)length > LINE_COLUMNS) {
            fputs("\n ", stream);
            column = 1;
        }
        column += fprintf(stream, "%s%.*s", column > 0 ? " " : "", (int)length, text);
        text += length;
        text += strspn(text, " ");
    }
    fputc('\n', stream);
}

/* Indices by a figure, smallest first; equal ones in the order given. */
static void rank(const struct ts_result *const *results, int count,
                 double (*figure)(const struct ts_result *), int *order)
{
    for (int i = 0; i < count; i++) {
        int at = i;
        while (at > 0 && figure(results[order[at - 1]]) > figure(results[i])) {
            order[at] = order[at - 1];
            at--;
        }
        order[at] = i;
    }
}

/* "1.1 times", "2240 times": three digits, and never an exponent. */
static void say_times(double factor, FILE *out)
{
    fprintf(out, factor < 1000 ? "%.3g times" : "%.0f times", factor);
}

static void say_latency(const struct ts_result *const *results, int count, const int *order,
                        FILE *out)
{
    char a[TS_SI_BYTES], b[TS_SI_BYTES];
    const struct ts_result *best = results[order[0]];
    fprintf(out, "Latency and throughput: %s %s %s (%s).", best->arch.name,
            count > 1 ? "is first with" : "takes", ts_format_si(a, best->latency_s, "s"),
            ts_format_si(b, best->throughput_per_s, "/s"));
    for (int i = 1; i < count; i++) {
        fprintf(out, " %s takes ", results[order[i]]->arch.name);
        say_times(results[order[i]]->latency_s / best->latency_s, out);
        fprintf(out, " as long%s", i == count - 1 ? "." : ",");
    }
}

static const char *largest_cause(double peak_ratio, double use_ratio, double work_ratio)
{
    if (peak_ratio >= use_ratio && peak_ratio >= work_ratio) {
        return "its higher peak";
    }
    return use_ratio >= work_ratio ? "the larger share of its peak that it reaches"
                                   : "the work it skips";
}

/* latency = work / (peak × utilisation): which of the three makes the difference to the next. */
static void say_latency_cause(const struct ts_result *best, const struct ts_result *next, FILE *out)
{
    if (best->utilization <= 0 || next->utilization <= 0 || best->arch.peak_tflops <= 0 ||
        next->arch.peak_tflops <= 0 || best->workload.effective_macs <= 0) {
        return;
    }
    double peak_ratio = best->arch.peak_tflops / next->arch.peak_tflops;
    double use_ratio = best->utilization / next->utilization;
    double work_ratio = next->workload.effective_macs / best->workload.effective_macs;
    fprintf(out,
            " Against %s, what decides is %s: peak %.3g against %.3g TFLOPS, %.3g %% against "
            "%.3g %% of it used.",
            next->arch.name, largest_cause(peak_ratio, use_ratio, work_ratio),
            best->arch.peak_tflops, next->arch.peak_tflops, 100 * best->utilization,
            100 * next->utilization);
}

static int largest(const double *parts, int count, int but)
{
    int best = but == 0 ? 1 : 0;
    for (int i = 0; i < count; i++) {
        if (i != but && parts[i] > parts[best]) {
            best = i;
        }
    }
    return best;
}

static void say_energy(const struct ts_result *const *results, int count, const int *order,
                       FILE *out)
{
    char a[TS_SI_BYTES];
    const struct ts_result *best = results[order[0]];
    fprintf(out, "Energy: %s needs%s %s per %s.", best->arch.name, count > 1 ? " the least," : "",
            ts_format_si(a, energy_each_j(best), "J"), is_training(best) ? "sample" : "inference");
    for (int i = 1; i < count; i++) {
        double least_j = energy_each_j(best);
        fprintf(out, " %s needs ", results[order[i]]->arch.name);
        say_times(least_j > 0 ? energy_each_j(results[order[i]]) / least_j : 1, out);
        fprintf(out, " that%s", i == count - 1 ? "." : ",");
    }
    if (count < 2) {
        return;
    }
    const struct ts_result *worst = results[order[count - 1]];
    int part = largest(worst->energy.part_j, TS_ENERGY_PARTS, -1);
    if (worst->energy.total_j > 0) {
        fprintf(out, " The largest part of what %s spends is %s: %s (%.0f %%), against",
                worst->arch.name, ts_energy_part_names[part],
                ts_format_si(a, worst->energy.part_j[part] / samples(worst), "J"),
                100 * worst->energy.part_j[part] / worst->energy.total_j);
        fprintf(out, " %s on %s.", ts_format_si(a, best->energy.part_j[part] / samples(best), "J"),
                best->arch.name);
    }
}

static const char *what_time_did(int part)
{
    static const char *const words[TS_TIME_PARTS] = {
        [TS_TIME_COMPUTE] = "computing",
        [TS_TIME_DRAM] = "waiting for DRAM",
        [TS_TIME_CACHE] = "waiting for on-chip memories",
        [TS_TIME_INTERCONNECT] = "waiting for the interconnect",
        [TS_TIME_FILL_DRAIN] = "filling and draining pipelines",
        [TS_TIME_IMBALANCE] = "idle beside busier units",
        [TS_TIME_OVERHEAD] = "starting and ending kernels",
    };
    return words[part];
}

static const char *remedy(const struct ts_result *result, int part)
{
    bool small_batch = result->workload.batch < 16;
    switch (part) {
    case TS_TIME_COMPUTE:
        return result->utilization > 0.5
                   ? "more multiply-accumulate units, or a narrower number format"
                   : "work that suits its units better: few of its busy cycles count as useful "
                     "multiply-accumulates at the peak rate";
    case TS_TIME_DRAM:
        return small_batch
                   ? "memory bandwidth, or a larger batch that reuses each weight more often"
                   : "memory bandwidth, a narrower number format, or a larger on-chip memory";
    case TS_TIME_CACHE:
        return "bandwidth of its on-chip memories";
    case TS_TIME_INTERCONNECT:
        return "a wider interconnect";
    case TS_TIME_FILL_DRAIN:
        return small_batch ? "a larger batch, so that each fill serves more rows"
                           : "smaller arrays, whose fill and drain cost less";
    case TS_TIME_IMBALANCE:
        return small_batch ? "a larger batch, so that there are tiles for all units"
                           : "tiles that divide evenly among its units";
    default:
        return small_batch ? "fused layers or a larger batch, so that each start does more work"
                           : "fused layers, so that there are fewer starts";
    }
}

static void say_machine(const struct ts_result *result, FILE *out)
{
    const double *time = result->time_breakdown;
    int first = largest(time, TS_TIME_PARTS, -1);
    int second = largest(time, TS_TIME_PARTS, first);
    fprintf(out, "- %s (%s): bound by %s; %.0f %% of its time is spent %s", result->arch.name,
            result->workload.precision, result->bound, 100 * time[first], what_time_did(first));
    if (time[second] >= WORTH_SAYING) {
        fprintf(out, ", %.0f %% %s", 100 * time[second], what_time_did(second));
    }
    fprintf(out, ".");
    if (result->energy.total_j > 0) {
        const double *parts = result->energy.part_j;
        int most = largest(parts, TS_ENERGY_PARTS, -1);
        int next = largest(parts, TS_ENERGY_PARTS, most);
        double total = result->energy.total_j;
        fprintf(out, " Of its energy %.0f %% is %s", 100 * parts[most] / total,
                ts_energy_part_names[most]);
        if (parts[next] / total >= WORTH_SAYING) {
            fprintf(out, " and %.0f %% %s", 100 * parts[next] / total, ts_energy_part_names[next]);
        }
        fprintf(out, ".");
    }
    /* Useful work is no loss: what is lost beside it is what can be helped. */
    bool loses = first == TS_TIME_COMPUTE && time[first] < MOSTLY && time[second] >= WORTH_SAYING;
    fprintf(out, " What would help: %s.", remedy(result, loses ? second : first));
}

/* Runs one of the sentences into memory and wraps it. */
struct sentence {
    char *text;
    size_t length;
    FILE *out;
};

static void begin(struct sentence *sentence)
{
    sentence->out = open_memstream(&sentence->text, &sentence->length);
    if (!sentence->out) {
        ts_bug("out of memory");
    }
}

static void end(struct sentence *sentence, FILE *stream)
{
    fclose(sentence->out);
    write_wrapped(sentence->text, stream);
    free(sentence->text);
}

static void say_efficiency(const struct ts_result *const *results, int count, FILE *out)
{
    int best = 0, worst = 0;
    for (int i = 1; i < count; i++) {
        best = results[i]->utilization > results[best]->utilization ? i : best;
        worst = results[i]->utilization < results[worst]->utilization ? i : worst;
    }
    fprintf(out,
            "Distance from peak: %s comes closest to its own peak (%.3g %%), %s stays furthest "
            "from it (%.3g %%).",
            results[best]->arch.name, 100 * results[best]->utilization, results[worst]->arch.name,
            100 * results[worst]->utilization);
}

void ts_comparison_reading(const struct ts_result *const *results, int count, FILE *stream)
{
    int *order = calloc((size_t)count, sizeof *order);
    if (!order) {
        ts_bug("out of memory");
    }
    struct sentence sentence;
    begin(&sentence);
    rank(results, count, latency_s, order);
    say_latency(results, count, order, sentence.out);
    if (count > 1) {
        say_latency_cause(results[order[0]], results[order[1]], sentence.out);
    }
    end(&sentence, stream);
    begin(&sentence);
    rank(results, count, energy_each_j, order);
    say_energy(results, count, order, sentence.out);
    end(&sentence, stream);
    if (count > 1) {
        begin(&sentence);
        say_efficiency(results, count, sentence.out);
        end(&sentence, stream);
    }
    for (int i = 0; i < count; i++) {
        begin(&sentence);
        say_machine(results[i], sentence.out);
        end(&sentence, stream);
    }
    free(order);
}
