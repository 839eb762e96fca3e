/* Converts the engine's cycles to SystemC time.
 *
 * Absolute edges are converted, never a rounded period accumulated: at 1.4 GHz a period of 714 ps
 * would be 0.04 % short. The exact time stays in the engine's doubles; SystemC's calendar orders
 * events. */
#ifndef TESSERA_SIM_KERNEL_CLOCK_HPP
#define TESSERA_SIM_KERNEL_CLOCK_HPP

#include <cmath>
#include <systemc>

namespace tessera
{

class Clock
{
  public:
    /* Time 0 of the engine is the calendar's present. */
    void rebase(double clock_hz)
    {
        ps_per_cycle_ = 1e12 / clock_hz;
        epoch_ps_ = sc_core::sc_time_stamp().value();
    }

    /* Delay from the calendar's present to an absolute time; zero for the past. */
    sc_core::sc_time until(double cycles) const
    {
        std::uint64_t at_ps =
            epoch_ps_ + static_cast<std::uint64_t>(std::llround(cycles * ps_per_cycle_));
        std::uint64_t now_ps = sc_core::sc_time_stamp().value();
        return sc_core::sc_time::from_value(at_ps > now_ps ? at_ps - now_ps : 0);
    }

    sc_core::sc_time span(double cycles) const
    {
        return sc_core::sc_time::from_value(
            static_cast<std::uint64_t>(std::llround(std::fmax(cycles, 0) * ps_per_cycle_)));
    }

    double cycles(const sc_core::sc_time &span) const
    {
        return static_cast<double>(span.value()) / ps_per_cycle_;
    }

  private:
    double ps_per_cycle_ = 1000;
    std::uint64_t epoch_ps_ = 0;
};

} // namespace tessera
#endif
