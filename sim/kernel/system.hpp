/* System: all modules of one machine, bound. The dispatcher deals tiles and starts the units. */
#ifndef TESSERA_SIM_KERNEL_SYSTEM_HPP
#define TESSERA_SIM_KERNEL_SYSTEM_HPP

#include "sim/kernel/memory_modules.hpp"
#include "sim/kernel/unit_module.hpp"

#include <memory>
#include <systemc>
#include <vector>

namespace tessera
{

/* Deals the first tiles of a phase; units then pull theirs as slots fall free. */
class Dispatcher : public sc_core::sc_module
{
  public:
    SC_HAS_PROCESS(Dispatcher);
    Dispatcher(sc_core::sc_module_name name, struct engine &engine, const Clock &clock,
               std::vector<std::unique_ptr<Unit>> &units);

    void begin_phase();

  private:
    void deal();

    struct engine &engine_;
    const Clock &clock_;
    std::vector<std::unique_ptr<Unit>> &units_;
    sc_core::sc_event begin_;
};

class System : public sc_core::sc_module
{
  public:
    System(sc_core::sc_module_name name, struct engine &engine);

    void run_phase();
    void rebase();

  private:
    struct engine &engine_;
    Clock clock_;
    std::vector<std::unique_ptr<Unit>> units_;
    Dispatcher dispatcher_;
    Noc noc_;
    SharedCache cache_;
    DramController dram_;
    HostLink host_;
};

} // namespace tessera
#endif
