#include "sim/engine/machine.h"
#include "tessera/minmax.h"

#include <math.h>
#include <string.h>

enum {
    CACHE_BLOCKS = 1 << 15, /* blocks remembered: far more than tiles fit in any last-level cache */
    TENSOR_SPACE_SHIFT = 36 /* address distance between tensors: no two overlap below 64 GiB each */
};

static double shared_bandwidth(const struct ts_arch *arch, int level)
{
    return level < 0 ? 0 : arch->memory.cache[level].bandwidth_bytes_per_cycle;
}

bool machine_init(struct machine *machine, const struct ts_arch *arch)
{
    memset(machine, 0, sizeof *machine);
    machine->arch = arch;
    machine->shared_level = ts_arch_shared_level(arch);
    int level = machine->shared_level;
    if (level >= 0) {
        const struct ts_cache_spec *spec = &arch->memory.cache[level];
        if (ts_cache_init(&machine->cache, (int64_t)spec->capacity_bytes, CACHE_BLOCKS) != 0) {
            return false;
        }
        machine->has_cache = true;
        ts_bandwidth_server_init(&machine->cache_port, shared_bandwidth(arch, level),
                                 spec->latency_cycles);
    }
    ts_bandwidth_server_init(&machine->noc, arch->noc.bandwidth_bytes_per_cycle,
                             arch->noc.latency_cycles);
    ts_bandwidth_server_init(&machine->host, arch->host.bandwidth_bytes_per_s / arch->clock_hz,
                             arch->host.latency_s * arch->clock_hz);
    if (arch->memory.dram) {
        const struct ts_memory_spec *memory = &arch->memory;
        struct ts_dram_config config = {
            .core_hz = arch->clock_hz,
            .devices = memory->dram_devices,
            .bandwidth_gbps = memory->dram_bandwidth_bytes_per_s / 1e9,
            .address_hash = memory->dram_address_hash,
            .per_bank_refresh = memory->dram_per_bank_refresh,
            .inline_ecc = memory->dram_inline_ecc,
            .controller_fill = memory->dram_fill,
            .interleave_bytes = memory->dram_interleave_bytes,
            .latency_ns = memory->dram_latency_s * 1e9,
        };
        if (ts_dram_init(&machine->dram, arch->memory.dram, &config) != 0) {
            machine_release(machine);
            return false;
        }
        machine->has_dram = true;
    }
    return true;
}

void machine_release(struct machine *machine)
{
    if (machine->has_cache) {
        ts_cache_release(&machine->cache);
    }
    if (machine->has_dram) {
        ts_dram_release(&machine->dram);
    }
    tracer_release(&machine->tracer);
    machine->has_cache = machine->has_dram = false;
}

double load_bytes(const struct ts_tile_load *load)
{
    return load->rows * load->row_bytes;
}

/* The nearest whole number of bytes, which are never negative; a call to the C library's costs more
 * than all else in a look-up that hits. */
static int64_t whole(double bytes)
{
    return (int64_t)(bytes + 0.5);
}

/* Scratch tensors count down from -1; ids of program tensors count up from 1. */
static uint32_t cache_tensor(int32_t tensor)
{
    return (uint32_t)(tensor >= 0 ? tensor + 1 : 0xfffff + tensor + 1);
}

static uint64_t block_id(const struct ts_tile_load *load)
{
    return ts_cache_id(cache_tensor(load->tensor), load->block);
}

double machine_resident_bytes(const struct machine *machine, int32_t tensor)
{
    return (double)ts_cache_resident_tensor(&machine->cache, cache_tensor(tensor));
}

/* Dirty bytes of earlier kernels leave as this one needs the room: never faster than it reads. */
static double drain_pending(struct machine *machine, double bytes)
{
    double drained = ts_min(machine->pending_writeback_bytes, bytes);
    machine->pending_writeback_bytes -= drained;
    return drained;
}

struct outcome machine_lookup(struct machine *machine, const struct ts_tile_load *load)
{
    double bytes = load_bytes(load);
    if (load->path == TS_PATH_HOST) {
        return (struct outcome){0, 0};
    }
    if (load->path == TS_PATH_BYPASS || !machine->has_cache) {
        return (struct outcome){bytes, 0};
    }
    struct ts_cache_result found = ts_cache_read(&machine->cache, block_id(load), whole(bytes));
    double miss = (double)found.miss_bytes;
    if (miss > 0) {
        miss -= ts_min(miss, residency_first_touch(&machine->residency, load->tensor, miss));
    }
    double writeback = (double)found.evicted_bytes + drain_pending(machine, bytes);
    machine->counters.shared_read_bytes += bytes;
    machine->counters.shared_hit_bytes += bytes - miss;
    return (struct outcome){miss, writeback};
}

struct outcome machine_fill(struct machine *machine, const struct ts_tile_load *store)
{
    double bytes = load_bytes(store);
    if (store->path == TS_PATH_HOST) {
        return (struct outcome){0, 0};
    }
    if (store->path == TS_PATH_BYPASS || !machine->has_cache) {
        return (struct outcome){0, bytes};
    }
    struct ts_cache_result found = ts_cache_write(&machine->cache, block_id(store), whole(bytes));
    residency_written(&machine->residency, store->tensor, bytes);
    machine->counters.shared_write_bytes += bytes;
    return (struct outcome){0, ((double)found.evicted_bytes + drain_pending(machine, bytes))};
}

static void finish(struct access *access, double done_cycles, enum ts_time_part part)
{
    if (done_cycles > access->done_cycles) {
        access->done_cycles = done_cycles;
        access->late_because = part;
    }
}

static double serve(struct machine *machine, struct ts_bandwidth_server *server,
                    enum ts_trace_group group, const struct access *access)
{
    double free_cycles = server->free_cycles;
    double done = ts_bandwidth_server_serve(server, access->issue_cycles, access->bytes);
    if (tracer_is_on(&machine->tracer)) {
        trace_server(&machine->tracer, group, server, free_cycles, access);
    }
    return done;
}

void machine_noc(struct machine *machine, struct access *access)
{
    double done = serve(machine, &machine->noc, TS_TRACE_NOC, access);
    machine->counters.noc_bytes += access->bytes;
    finish(access, done, TS_TIME_INTERCONNECT);
}

static struct flight *flight_of(struct machine *machine, uint64_t id)
{
    return &machine->flights[(id * UINT64_C(0x9e3779b97f4a7c15)) >> 52];
}

void machine_cache(struct machine *machine, struct access *access)
{
    const struct ts_tile_load *load = access->load;
    if (load->path != TS_PATH_CACHED || !machine->has_cache) {
        return;
    }
    double done = serve(machine, &machine->cache_port, TS_TRACE_CACHE, access);
    finish(access, done, TS_TIME_CACHE);
    if (!access->write && access->outcome.miss_bytes < access->bytes) {
        const struct flight *flight = flight_of(machine, block_id(load));
        if (flight->block_id == block_id(load)) {
            finish(access, flight->ready_cycles, TS_TIME_DRAM);
        }
    }
}

static double serve_dram(struct machine *machine, const struct ts_tile_load *load, double bytes,
                         bool write, double now_cycles)
{
    uint64_t tensor = (uint64_t)(int64_t)(load->tensor + 64);
    double rows = ts_max(1, round(load->rows * bytes / load_bytes(load)));
    struct ts_dram_request request = {
        .base = (tensor << TENSOR_SPACE_SHIFT) + load->address,
        .rows = (int64_t)rows,
        .row_bytes = whole(ts_max(1, bytes / rows)),
        .pitch_bytes = whole(ts_max(load->pitch_bytes, bytes / rows)),
        .is_write = write,
    };
    if (!tracer_is_on(&machine->tracer)) {
        return ts_dram_serve(&machine->dram, now_cycles, &request).done_cycles;
    }
    trace_dram_before(machine);
    double done_cycles = ts_dram_serve(&machine->dram, now_cycles, &request).done_cycles;
    trace_dram_after(machine, now_cycles, bytes, write);
    return done_cycles;
}

void machine_dram(struct machine *machine, struct access *access)
{
    if (!machine->has_dram) {
        return;
    }
    const struct ts_tile_load *load = access->load;
    if (access->outcome.miss_bytes > 0) {
        double done =
            serve_dram(machine, load, access->outcome.miss_bytes, false, access->issue_cycles);
        finish(access, done, TS_TIME_DRAM);
        struct flight *flight = flight_of(machine, block_id(load));
        *flight = (struct flight){block_id(load), done};
    }
    if (access->outcome.writeback_bytes > 0) {
        double taken =
            serve_dram(machine, load, access->outcome.writeback_bytes, true, access->issue_cycles);
        if (access->write) {
            finish(access, taken, TS_TIME_DRAM);
        }
    }
}

void machine_host(struct machine *machine, struct access *access)
{
    double done = serve(machine, &machine->host, TS_TRACE_HOST, access);
    machine->counters.host_bytes += access->bytes;
    finish(access, done, TS_TIME_INTERCONNECT);
}

struct backlog machine_backlog(const struct machine *machine, double now_cycles)
{
    return (struct backlog){
        .noc_cycles = ts_max(machine->noc.free_cycles - now_cycles, 0),
        .cache_cycles = ts_max(machine->cache_port.free_cycles - now_cycles, 0),
        .host_cycles = ts_max(machine->host.free_cycles - now_cycles, 0),
        .dram_cycles = machine->has_dram ? ts_dram_backlog_cycles(&machine->dram, now_cycles) : 0,
    };
}

static void delay(struct ts_bandwidth_server *server, double now_cycles, double cycles)
{
    double free_cycles = ts_max(server->free_cycles, now_cycles) + cycles;
    if (free_cycles > now_cycles) {
        server->free_cycles = free_cycles;
    }
}

void machine_pile_up(struct machine *machine, double now_cycles, const struct backlog *before,
                     const struct backlog *after, double times)
{
    delay(&machine->noc, now_cycles, (after->noc_cycles - before->noc_cycles) * times);
    delay(&machine->cache_port, now_cycles, (after->cache_cycles - before->cache_cycles) * times);
    delay(&machine->host, now_cycles, (after->host_cycles - before->host_cycles) * times);
    if (machine->has_dram) {
        ts_dram_delay(&machine->dram, now_cycles,
                      (after->dram_cycles - before->dram_cycles) * times);
    }
}

void machine_counters(const struct machine *machine, struct ts_counters *counters)
{
    *counters = machine->counters;
    counters->dram = machine->dram.counters;
}
