#include "sim/kernel/kernel.h"

#include "base/out_of_memory.h"
#include "sim/kernel/player.hpp"
#include "sim/kernel/system.hpp"

#include <cstdlib>
#include <cstring>
#include <new>
#include <systemc>

namespace
{

struct Request {
    struct engine *engine;
    void (*body)(void *context);
    void *context;
};

Request request;
tessera::System *machine_system;

/* What is played instead of a simulation. */
const struct waves *played;
const char *played_path;

int play()
{
    std::string name(played_path);
    name.resize(name.size() - std::strlen(".vcd")); /* SystemC appends it */
    /* It would say on standard output which unit of time it takes. */
    sc_core::sc_report_handler::set_actions(sc_core::SC_INFO, sc_core::SC_DO_NOTHING);
    tessera::Player player("player", *played);
    sc_core::sc_trace_file *file = sc_core::sc_create_vcd_trace_file(name.c_str());
    file->set_time_unit(1, sc_core::SC_PS);
    player.declare(file);
    sc_core::sc_start();
    sc_core::sc_close_vcd_trace_file(file);
    return 0;
}

/* Elaborates and runs what was asked for. */
int elaborate()
{
    setenv("SYSTEMC_DISABLE_COPYRIGHT_MESSAGE", "1", 1);
    static char name[] = "tessera";
    char *arguments[] = {name, nullptr};
    std::set_new_handler([] { out_of_memory(0); });
    return sc_core::sc_elab_and_sim(1, arguments);
}

} // namespace

int sc_main(int, char **)
{
    sc_core::sc_set_time_resolution(1, sc_core::SC_PS);
    if (played) {
        return play();
    }
    tessera::System elaborated("machine", *request.engine);
    machine_system = &elaborated;
    request.body(request.context);
    machine_system = nullptr;
    return 0;
}

extern "C" void kernel_main(struct engine *engine, void (*body)(void *context), void *context)
{
    request = Request{engine, body, context};
    elaborate();
}

extern "C" void kernel_run_phase(void)
{
    machine_system->run_phase();
}

extern "C" void kernel_rebase(void)
{
    machine_system->rebase();
}

extern "C" bool kernel_play(const struct waves *waves, const char *path)
{
    played = waves;
    played_path = path;
    return elaborate() == 0;
}
