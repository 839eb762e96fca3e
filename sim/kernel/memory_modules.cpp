#include "sim/kernel/memory_modules.hpp"

namespace tessera
{

SharedCache::SharedCache(sc_core::sc_module_name name, struct engine &engine)
    : sc_module(name), engine_(engine)
{
    in.register_b_transport(this, &SharedCache::transport);
}

void SharedCache::transport(tlm::tlm_generic_payload &payload, sc_core::sc_time &delay)
{
    struct access *access = payload.get_extension<TileExtension>()->access;
    machine_cache(&engine_.machine, access);
    if (access->outcome.miss_bytes > 0 || access->outcome.writeback_bytes > 0) {
        out->b_transport(payload, delay);
    } else {
        payload.set_response_status(tlm::TLM_OK_RESPONSE);
    }
}

Noc::Noc(sc_core::sc_module_name name, struct engine &engine) : sc_module(name), engine_(engine)
{
    in.register_b_transport(this, &Noc::transport);
}

void Noc::transport(int, tlm::tlm_generic_payload &payload, sc_core::sc_time &delay)
{
    struct access *access = payload.get_extension<TileExtension>()->access;
    machine_noc(&engine_.machine, access);
    if (access->load->path == TS_PATH_HOST) {
        to_host->b_transport(payload, delay);
    } else {
        to_cache->b_transport(payload, delay);
    }
}

} // namespace tessera
