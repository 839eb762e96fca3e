/* Energy of static memories from the fits of a technology. */
#include "energy_internal.h"

#include <math.h>

static double fit(double energy, double size_exponent, double width_exponent, double capacity_bytes,
                  double bits)
{
    return energy * pow(capacity_bytes / 32768.0, size_exponent) *
           pow(bits / 128.0, width_exponent);
}

double ts_sram_read_pj(const struct ts_sram_fit *sram, double capacity_bytes, double bits)
{
    return fit(sram->read_pj, sram->read_size_exponent, sram->read_width_exponent, capacity_bytes,
               bits);
}

double ts_sram_write_pj(const struct ts_sram_fit *sram, double capacity_bytes, double bits)
{
    return fit(sram->write_pj, sram->write_size_exponent, sram->write_width_exponent,
               capacity_bytes, bits);
}

double ts_sram_leakage_w(const struct ts_sram_fit *sram, double capacity_bytes)
{
    return sram->leakage_w * capacity_bytes / 32768.0;
}
