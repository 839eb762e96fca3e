/* Player: plays the changes of signals that a run noted, for SystemC's own tracing to write. */
#ifndef TESSERA_SIM_KERNEL_PLAYER_HPP
#define TESSERA_SIM_KERNEL_PLAYER_HPP

#include "sim/engine/waves.h"

#include <string>
#include <systemc>
#include <vector>

namespace tessera
{

class Player : public sc_core::sc_module
{
  public:
    SC_HAS_PROCESS(Player);
    Player(sc_core::sc_module_name name, const struct waves &waves);

    void declare(sc_core::sc_trace_file *file);

  private:
    void play();
    void trace(sc_core::sc_trace_file *file, int64_t signal, const std::string &name, int bits);
    void trace_server(sc_core::sc_trace_file *file, int64_t server, const std::string &name);

    const struct waves &waves_;
    std::vector<unsigned> values_; /* by signal; traced by address */
    int64_t next_ = 0;
};

} // namespace tessera
#endif
