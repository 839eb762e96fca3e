/* The shared side of the machine: network on chip, shared cache, DRAM controller, host link.
 * Each module owns no arithmetic: it takes a transaction, calls its C function, passes it on. */
#ifndef TESSERA_SIM_KERNEL_MEMORY_MODULES_HPP
#define TESSERA_SIM_KERNEL_MEMORY_MODULES_HPP

#include "sim/engine/engine.h"
#include "sim/kernel/clock.hpp"
#include "sim/kernel/tile_extension.hpp"

#include <systemc>
#include <tlm>
#include <tlm_utils/multi_passthrough_target_socket.h>
#include <tlm_utils/simple_initiator_socket.h>
#include <tlm_utils/simple_target_socket.h>

namespace tessera
{

/* A target that serves transactions with one C function of the machine. */
template <void (*serve)(struct machine *, struct access *)>
class Endpoint : public sc_core::sc_module
{
  public:
    tlm_utils::simple_target_socket<Endpoint> in{"in"};

    Endpoint(sc_core::sc_module_name name, struct engine &engine, const Clock &clock)
        : sc_module(name), engine_(engine), clock_(clock)
    {
        in.register_b_transport(this, &Endpoint::transport);
    }

  private:
    void transport(tlm::tlm_generic_payload &payload, sc_core::sc_time &delay)
    {
        struct access *access = payload.get_extension<TileExtension>()->access;
        serve(&engine_.machine, access);
        delay = clock_.span(access->done_cycles - access->issue_cycles);
        payload.set_response_status(tlm::TLM_OK_RESPONSE);
    }

    struct engine &engine_;
    const Clock &clock_;
};

using DramController = Endpoint<machine_dram>;
using HostLink = Endpoint<machine_host>;

class SharedCache : public sc_core::sc_module
{
  public:
    tlm_utils::simple_target_socket<SharedCache> in{"in"};
    tlm_utils::simple_initiator_socket<SharedCache> out{"out"};

    SharedCache(sc_core::sc_module_name name, struct engine &engine);

  private:
    void transport(tlm::tlm_generic_payload &payload, sc_core::sc_time &delay);

    struct engine &engine_;
};

/* Takes requests from all units and routes them to the cache or the host link. */
class Noc : public sc_core::sc_module
{
  public:
    tlm_utils::multi_passthrough_target_socket<Noc> in{"in"};
    tlm_utils::simple_initiator_socket<Noc> to_cache{"to_cache"};
    tlm_utils::simple_initiator_socket<Noc> to_host{"to_host"};

    Noc(sc_core::sc_module_name name, struct engine &engine);

  private:
    void transport(int id, tlm::tlm_generic_payload &payload, sc_core::sc_time &delay);

    struct engine &engine_;
};

} // namespace tessera
#endif
