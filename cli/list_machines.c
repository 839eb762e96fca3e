#include "cli/list_machines.h"

#include "tessera/arch.h"

#include <string.h>

/* A file that cannot be loaded is listed without figures: `check` says what is wrong with it. */
static const struct ts_arch *load(const char *name, struct ts_arena *arena)
{
    const struct ts_arch *arch = NULL;
    struct ts_diagnostics unsaid;
    ts_diagnostics_init(&unsaid);
    if (!ts_arch_load(name, NULL, 0, arena, &unsaid, &arch)) {
        arch = NULL;
    }
    ts_diagnostics_release(&unsaid);
    return arch;
}

static int widest(const struct ts_config_entry *entries, int count, bool family)
{
    int width = 0;
    for (int i = 0; i < count; i++) {
        int length = (int)strlen(family ? entries[i].family : entries[i].name);
        width = length > width ? length : width;
    }
    return width;
}

/* ------------------------------------------------------------------ architectures */

/* Names that stand for a representative of each kind. */
static const char *const aliases[] = {"cpu", "gpu", "tpu", "eie"};
enum { ALIASES = sizeof aliases / sizeof *aliases };

static void find_aliased(const char *names[ALIASES], struct ts_arena *arena)
{
    for (int i = 0; i < ALIASES; i++) {
        const struct ts_arch *arch = load(aliases[i], arena);
        names[i] = arch ? arch->name : "";
    }
}

static const char *alias_of(const char *name, const char *const names[ALIASES])
{
    for (int i = 0; i < ALIASES; i++) {
        if (strcmp(name, names[i]) == 0) {
            return aliases[i];
        }
    }
    return "";
}

static double peak_ops_per_s(const struct ts_arch *arch)
{
    return 2 * ts_arch_peak_macs_per_s(arch, arch->default_precision);
}

static void write_figures(const struct ts_arch *arch, FILE *stream)
{
    char rate[TS_SI_BYTES] = "", bandwidth[TS_SI_BYTES] = "on chip";
    const struct ts_precision_info *precision =
        arch ? ts_precision_info(arch->default_precision) : NULL;
    if (arch) {
        ts_format_si(rate, peak_ops_per_s(arch), precision->is_float ? "FLOPS" : "OPS");
    }
    if (arch && arch->memory.dram_bandwidth_bytes_per_s > 0) {
        ts_format_si(bandwidth, arch->memory.dram_bandwidth_bytes_per_s, "B/s");
    }
    fprintf(stream, "%12s %-6s %10s", rate, precision ? precision->name : "",
            arch ? bandwidth : "");
}

void list_archs(struct ts_arena *arena, FILE *stream)
{
    struct ts_config_entry *entries = NULL;
    const char *aliased[ALIASES];
    int count = ts_arch_list(arena, &entries);
    int name_width = widest(entries, count, false), family_width = widest(entries, count, true);
    find_aliased(aliased, arena);
    for (int i = 0; i < count; i++) {
        fprintf(stream, "%-*s  %-*s  ", name_width, entries[i].name, family_width,
                entries[i].family);
        write_figures(load(entries[i].name, arena), stream);
        const char *alias = alias_of(entries[i].name, aliased);
        fprintf(stream, "  %s%s%s%s\n", entries[i].description, *alias ? " [alias " : "", alias,
                *alias ? "]" : "");
    }
}

void fill_archs(struct ts_arena *arena, struct ts_listing *listing)
{
    struct ts_config_entry *entries = NULL;
    const char *aliased[ALIASES];
    int count = ts_arch_list(arena, &entries);
    static const char *const texts[] = {"name", "family", "description", "alias",
                                        "default_precision"};
    static const char *const numbers[] = {"peak_tflops", "memory_bandwidth_gbps", "process_nm",
                                          "power_limit_w"};
    for (int i = 0; i < 5; i++) {
        ts_listing_column(listing, texts[i], NULL);
    }
    for (int i = 0; i < 4; i++) {
        ts_listing_column(listing, numbers[i], "");
    }
    find_aliased(aliased, arena);
    for (int i = 0; i < count; i++) {
        const struct ts_arch *arch = load(entries[i].name, arena);
        ts_listing_text(listing, entries[i].name);
        ts_listing_text(listing, entries[i].family);
        ts_listing_text(listing, entries[i].description);
        ts_listing_text(listing, alias_of(entries[i].name, aliased));
        ts_listing_text(listing, arch ? ts_precision_info(arch->default_precision)->name : "");
        const double figures[] = {arch ? peak_ops_per_s(arch) / 1e12 : 0,
                                  arch ? arch->memory.dram_bandwidth_bytes_per_s / 1e9 : 0,
                                  arch ? arch->process_nm : 0, arch ? arch->power.limit_w : 0};
        for (int f = 0; f < 4; f++) {
            if (figures[f] > 0) {
                ts_listing_number(listing, figures[f]);
            } else {
                ts_listing_empty(listing);
            }
        }
    }
}

/* ------------------------------------------------------------------ DRAM devices */

static double pin_gbit_per_s(const struct ts_dram_spec *spec)
{
    return spec->burst_length / (spec->burst_cycles * spec->tck_ns);
}

void list_devices(struct ts_arena *arena, FILE *stream)
{
    struct ts_config_entry *entries = NULL;
    int count = ts_device_list(arena, &entries);
    int name_width = widest(entries, count, false), family_width = widest(entries, count, true);
    for (int i = 0; i < count; i++) {
        const struct ts_arch *arch = load(entries[i].name, arena);
        const struct ts_dram_spec *spec = arch ? arch->memory.dram : NULL;
        char peak[TS_SI_BYTES] = "", channels[32] = "";
        fprintf(stream, "%-*s  %-*s", name_width, entries[i].name, family_width, entries[i].family);
        if (spec) {
            ts_format_si(peak, ts_dram_device_peak_gbps(spec) * 1e9, "B/s");
            snprintf(channels, sizeof channels, "%gx%g bit", (double)spec->channels,
                     (double)spec->bus_width_bits);
            fprintf(stream, "  %10s  %6.4g GiB  %12s  %.4g Gb/s a pin", peak, spec->capacity_gib,
                    channels, pin_gbit_per_s(spec));
        }
        fprintf(stream, "%s%s\n", *entries[i].description ? "  " : "", entries[i].description);
    }
}

void fill_devices(struct ts_arena *arena, struct ts_listing *listing)
{
    struct ts_config_entry *entries = NULL;
    int count = ts_device_list(arena, &entries);
    static const char *const columns[] = {"name",         "standard",      "description",
                                          "peak_gbps",    "capacity_gib",  "channels",
                                          "channel_bits", "pin_gbit_per_s"};
    for (int i = 0; i < 8; i++) {
        ts_listing_column(listing, columns[i], i < 3 ? NULL : "");
    }
    for (int i = 0; i < count; i++) {
        const struct ts_arch *arch = load(entries[i].name, arena);
        const struct ts_dram_spec *spec = arch ? arch->memory.dram : NULL;
        ts_listing_text(listing, entries[i].name);
        ts_listing_text(listing, entries[i].family);
        ts_listing_text(listing, entries[i].description);
        if (!spec) {
            for (int f = 0; f < 5; f++) {
                ts_listing_empty(listing);
            }
            continue;
        }
        ts_listing_number(listing, ts_dram_device_peak_gbps(spec));
        ts_listing_number(listing, spec->capacity_gib);
        ts_listing_number(listing, (double)spec->channels);
        ts_listing_number(listing, (double)spec->bus_width_bits);
        ts_listing_number(listing, pin_gbit_per_s(spec));
    }
}
