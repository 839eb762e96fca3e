#include "sim/kernel/kernel.h"

#include "base/out_of_memory.h"
#include "sim/kernel/system.hpp"

#include <cstdlib>
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

} // namespace

int sc_main(int, char **)
{
    sc_core::sc_set_time_resolution(1, sc_core::SC_PS);
    tessera::System elaborated("machine", *request.engine);
    machine_system = &elaborated;
    request.body(request.context);
    machine_system = nullptr;
    return 0;
}

extern "C" void kernel_main(struct engine *engine, void (*body)(void *context), void *context)
{
    request = Request{engine, body, context};
    setenv("SYSTEMC_DISABLE_COPYRIGHT_MESSAGE", "1", 1);
    static char name[] = "tessera";
    char *arguments[] = {name, nullptr};
    std::set_new_handler([] { out_of_memory(0); });
    sc_core::sc_elab_and_sim(1, arguments);
}

extern "C" void kernel_run_phase(void)
{
    machine_system->run_phase();
}

extern "C" void kernel_rebase(void)
{
    machine_system->rebase();
}
