/* Energy of DRAM counters. */
#include "tessera/dram.h"

void ts_dram_energy(const struct ts_dram_spec *spec, int channels,
                    const struct ts_dram_counters *counters, double seconds,
                    struct ts_dram_energy *energy)
{
    double burst_bits = 8.0 * (double)ts_dram_burst_bytes(spec);
    double moved_bits = burst_bits * ((double)(counters->read_bursts + counters->write_bursts) +
                                      counters->check_bursts);
    double refresh_interval_s = spec->tREFI * spec->tck_ns * 1e-9;
    double ranks = (double)spec->ranks * channels;
    double controller_pj_per_bit;

    energy->activation_pj = counters->activations * spec->activation_pj;
    energy->access_pj = moved_bits * spec->device_pj_per_bit;
    energy->refresh_pj = seconds / refresh_interval_s * ranks * spec->refresh_pj;
    energy->background_pj = seconds * 1e12 * spec->background_w * channels;
    energy->device_pj =
        energy->activation_pj + energy->access_pj + energy->refresh_pj + energy->background_pj;
    /*
     * System figures are measured with well-filled pages: what they hold beyond the device's own
     * energy per bit of such a stream is PHY and controller, and goes with the bits moved.
     */
    controller_pj_per_bit = spec->system_pj_per_bit - spec->device_pj_per_bit -
                            spec->activation_pj / (8.0 * (double)spec->page_bytes);
    if (spec->system_pj_per_bit <= 0.0 || controller_pj_per_bit < 0.0) {
        controller_pj_per_bit = 0.0;
    }
    energy->system_pj = energy->device_pj + moved_bits * controller_pj_per_bit;
}
