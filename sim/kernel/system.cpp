#include "sim/kernel/system.hpp"

namespace tessera
{

Dispatcher::Dispatcher(sc_core::sc_module_name name, struct engine &engine, const Clock &clock,
                       std::vector<std::unique_ptr<Unit>> &units)
    : sc_module(name), engine_(engine), clock_(clock), units_(units)
{
    SC_METHOD(deal);
    sensitive << begin_;
    dont_initialize();
}

void Dispatcher::begin_phase()
{
    begin_.notify(clock_.until(engine_.start_cycles));
}

void Dispatcher::deal()
{
    engine_deal(&engine_, engine_.start_cycles);
    for (int64_t unit = 0; unit < engine_.units_used; unit++) {
        units_[size_t(unit)]->start();
    }
}

System::System(sc_core::sc_module_name name, struct engine &engine)
    : sc_module(name), engine_(engine), dispatcher_("dispatcher", engine, clock_, units_),
      noc_("noc", engine), cache_("shared_cache", engine), dram_("dram", engine, clock_),
      host_("host_link", engine, clock_)
{
    rebase();
    for (int64_t unit = 0; unit < engine.arch->units; unit++) {
        std::string unit_name = "unit_" + std::to_string(unit);
        units_.push_back(std::make_unique<Unit>(unit_name.c_str(), engine, clock_, unit));
        units_.back()->memory.bind(noc_.in);
    }
    noc_.to_cache.bind(cache_.in);
    noc_.to_host.bind(host_.in);
    cache_.out.bind(dram_.in);
}

void System::rebase()
{
    clock_.rebase(engine_.arch->clock_hz);
}

void System::run_phase()
{
    dispatcher_.begin_phase();
    sc_core::sc_start(); /* returns when no event is left */
}

} // namespace tessera
