/* The SystemC side as the C side sees it. Everything C++ of the simulator lives in this folder.
 *
 * SystemC elaborates once per process: call kernel_main once, in a process of its own (see
 * sim/engine/child.c). Modules are made for the machine's units and reused for every phase.
 */
#ifndef TESSERA_SIM_KERNEL_KERNEL_H
#define TESSERA_SIM_KERNEL_KERNEL_H

#include "sim/engine/engine.h"
#include "sim/engine/waves.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Elaborates modules around `engine` and calls body(context) inside sc_main. */
void kernel_main(struct engine *engine, void (*body)(void *context), void *context);

/* From body: simulates the phase begun with engine_begin_phase() to its last event. */
void kernel_run_phase(void);

/* From body: the engine was initialised again (another clock); its time starts at 0 anew. */
void kernel_rebase(void);

/* In a process of its own: writes the noted changes, in order of time, to a VCD file whose name
 * ends in .vcd. False when it cannot. */
bool kernel_play(const struct waves *waves, const char *path);

#ifdef __cplusplus
}
#endif
#endif
