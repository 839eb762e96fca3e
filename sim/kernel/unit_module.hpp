/* Unit: a core, an SM, an array. Wakes at its next event, advances the C model, asks again. */
#ifndef TESSERA_SIM_KERNEL_UNIT_MODULE_HPP
#define TESSERA_SIM_KERNEL_UNIT_MODULE_HPP

#include "sim/engine/engine.h"
#include "sim/kernel/clock.hpp"
#include "sim/kernel/tile_extension.hpp"

#include <systemc>
#include <tlm>
#include <tlm_utils/simple_initiator_socket.h>

namespace tessera
{

class Unit : public sc_core::sc_module
{
  public:
    SC_HAS_PROCESS(Unit);
    tlm_utils::simple_initiator_socket<Unit> memory{"memory"};

    Unit(sc_core::sc_module_name name, struct engine &engine, const Clock &clock, int64_t index);
    ~Unit() override;

    /* The dispatcher has dealt this unit its first tiles. */
    void start();

  private:
    void advance();
    void await(double event_cycles);
    void transport(struct access *access);
    static void transport_from_c(void *module, struct access *access);

    struct engine &engine_;
    const Clock &clock_;
    const int64_t index_;
    const struct memory_port port_;
    double event_cycles_;
    sc_core::sc_event wake_;
    tlm::tlm_generic_payload payload_;
    TileExtension extension_;
};

} // namespace tessera
#endif
