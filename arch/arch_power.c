/* What a file may leave out of power.*, and the voltage that a clock needs. */
#include "arch_internal.h"
#include "tessera/technology.h"

#include <math.h>
#include <string.h>

/* Shares of the design power that idling, leakage and clock tree take where a file gives no watts.
 *
 * simt: idle 13 % (A100 PCIe 45 W of 300, V100 32.3 W of 250), leakage 15 % (V100 38 W of 250:
 * AccelWattch, MICRO 2021, doi 10.1145/3466752.3480063), clock tree and idling pipelines 12 % (A100
 * STREAM at five clocks: 35 W of 300).
 * cpu: idle 28 % (Haswell E5-2699 v3, 41 W of 145: Jouppi et al., ISCA 2017, Table 2); leakage and
 * clock tree as simt: together with idle they are the 56 % of full power that the same Haswell
 * draws at a tenth of its load (section 6 there).
 */
static const struct power_rule {
    const char *family;
    double idle_share, static_share, clock_share;
} rules[] = {
    {"simt", 0.13, 0.15, 0.12},
    {"cpu", 0.28, 0.15, 0.12},
};

static const struct power_rule *rule_of(const struct ts_arch *arch)
{
    for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++) {
        if (strcmp(rules[i].family, arch->family->name) == 0) {
            return &rules[i];
        }
    }
    return NULL;
}

void ts_arch_power_defaults(struct ts_arch *arch)
{
    struct ts_power_spec *power = &arch->power;
    const struct power_rule *rule = rule_of(arch);
    const struct ts_voltage_curve curve = ts_technology_voltage(arch->technology);
    if (power->tdp_w == 0) {
        power->tdp_w = power->limit_w;
    }
    if (rule) {
        power->idle_w = power->idle_w > 0 ? power->idle_w : rule->idle_share * power->tdp_w;
        power->static_w = power->static_w > 0 ? power->static_w : rule->static_share * power->tdp_w;
        power->clock_w = power->clock_w > 0 ? power->clock_w : rule->clock_share * power->tdp_w;
    }
    if (power->clock_reference_hz == 0) {
        power->clock_reference_hz = arch->clock_hz;
    }
    if (power->voltage_v == 0) {
        power->voltage_v = curve.nominal_v;
    }
    if (power->voltage_min_v == 0) {
        power->voltage_min_v = curve.voltage_floor * power->voltage_v;
    }
    if (power->voltage_exponent == 0) {
        power->voltage_exponent = curve.exponent;
    }
    if (power->clock_min_hz == 0) {
        /* In the key's own unit first, so that what is written back reads as the same value. */
        power->clock_min_hz = curve.clock_floor * (power->clock_reference_hz / 1e6) * 1e6;
    }
}

double ts_arch_voltage_v(const struct ts_arch *nominal, double clock_hz)
{
    const struct ts_power_spec *power = &nominal->power;
    if (clock_hz >= power->clock_reference_hz) {
        return power->voltage_v;
    }
    if (clock_hz <= power->clock_min_hz) {
        return power->voltage_min_v;
    }
    double rise =
        (clock_hz - power->clock_min_hz) / (power->clock_reference_hz - power->clock_min_hz);
    return power->voltage_min_v +
           (power->voltage_v - power->voltage_min_v) * pow(rise, power->voltage_exponent);
}
