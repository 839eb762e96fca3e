/* A pipe of given bytes per cycle: the next request starts when the last one is through. */
#include "tessera/cache.h"

void ts_bandwidth_server_init(struct ts_bandwidth_server *server, double bytes_per_cycle,
                              double latency_cycles)
{
    *server = (struct ts_bandwidth_server){
        .bytes_per_cycle = bytes_per_cycle,
        .latency_cycles = latency_cycles,
    };
}

void ts_bandwidth_server_reset(struct ts_bandwidth_server *server)
{
    server->free_cycles = 0.0;
    server->busy_cycles = 0.0;
    server->bytes = 0;
    server->requests = 0;
}

static double occupancy_cycles(const struct ts_bandwidth_server *server, double bytes)
{
    double cycles = server->overhead_cycles;

    if (server->bytes_per_cycle > 0.0 && bytes > 0.0) {
        cycles += bytes / server->bytes_per_cycle;
    }
    return cycles;
}

double ts_bandwidth_server_peek(const struct ts_bandwidth_server *server, double now_cycles,
                                double bytes)
{
    double start = now_cycles > server->free_cycles ? now_cycles : server->free_cycles;

    return start + occupancy_cycles(server, bytes) + server->latency_cycles;
}

double ts_bandwidth_server_serve(struct ts_bandwidth_server *server, double now_cycles,
                                 double bytes)
{
    double start = now_cycles > server->free_cycles ? now_cycles : server->free_cycles;
    double held = occupancy_cycles(server, bytes);

    server->free_cycles = start + held;
    server->busy_cycles += held;
    server->bytes += bytes > 0.0 ? (uint64_t)bytes : 0;
    server->requests++;
    return server->free_cycles + server->latency_cycles;
}
