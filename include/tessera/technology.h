/* Technology tables, configs/technology/NAME.yaml: what single events cost on a process node. Every
 * figure in a table carries its source. Energies hold at `voltage.nominal_v`.
 */
#ifndef TESSERA_TECHNOLOGY_H
#define TESSERA_TECHNOLOGY_H

#include "tessera/arch.h"

#ifdef __cplusplus
extern "C" {
#endif

/* How the core voltage follows the clock, as shares of the nominal ones: at `voltage_floor` up to
 * `clock_floor`, above it rising with the given power of the clock. */
struct ts_voltage_curve {
    double nominal_v; /* that the table's figures hold at */
    double voltage_floor, clock_floor, exponent;
};

enum { TS_MAX_SRAM_CLASSES = 4, TS_MAX_OVERHEADS = 16 };

/* Static memory by capacity S and access width b, per access:
 *   E = energy · (S/32 KiB)^size_exponent · (b/128 bit)^width_exponent */
struct ts_sram_fit {
    const char *name; /* hp, lop, lstp, mix */
    double read_pj, read_size_exponent, read_width_exponent;
    double write_pj, write_size_exponent, write_width_exponent;
    double leakage_w; /* of 32 KiB, growing with the capacity */
};

/* What a machine spends around the arithmetic. One entry a family. */
struct ts_overhead {
    const char *name;      /* family */
    double instruction_pj; /* fetch, decode, schedule, operand delivery of one instruction */
    double vector_mac_pj[TS_PRECISION_COUNT]; /* measured, all of it; 0 = multiply + accumulate */
    double matrix_mac_pj[TS_PRECISION_COUNT]; /* the same on the matrix path */
    double cache_pj_per_byte;   /* shared level, its network and load/store path; 0 = fits */
    double private_pj_per_byte; /* private levels; 0 = fits */
    double
        dram_interface_pj_per_bit; /* controller and PHY on the core's supply; 0 = the device's */
};

struct ts_technology {
    const char *name, *description;
    double process_nm;
    struct ts_voltage_curve voltage;
    double multiply_pj[TS_PRECISION_COUNT];
    double accumulate_pj[TS_PRECISION_COUNT]; /* the addition of a product of this format */
    double add_pj[TS_PRECISION_COUNT];
    double
        multiply_is_published[TS_PRECISION_COUNT]; /* 1: the figure is a source's; 0: estimated */
    double add_is_published[TS_PRECISION_COUNT];
    double multiply_um2[TS_PRECISION_COUNT]; /* 0: no source has one */
    double add_um2[TS_PRECISION_COUNT];
    double register_pj_per_byte;
    double wire_fj_per_bit_mm;
    double router_pj_per_bit;
    struct ts_sram_fit sram[TS_MAX_SRAM_CLASSES];
    int sram_count;
    struct ts_overhead overhead[TS_MAX_OVERHEADS];
    int overhead_count;
    uint64_t hash;
};

/* Technology tables: configs/technology/NAME.yaml. */
bool ts_technology_load(const char *name, struct ts_place used_at, struct ts_arena *arena,
                        struct ts_diagnostics *diagnostics,
                        const struct ts_technology **technology);

/* Name of the table whose node is nearest to `process_nm` by ratio, in arena; NULL when there is
 * none. */
const char *ts_technology_nearest(double process_nm, struct ts_arena *arena);

/* A curve of 1 V at every clock when `technology` is NULL. */
struct ts_voltage_curve ts_technology_voltage(const struct ts_technology *technology);

/* Of the table's values; 0 when `technology` is NULL. */
uint64_t ts_technology_hash(const struct ts_technology *technology);

/* What arithmetic in a format costs. Figures that are not published follow rules that the table's
 * file states; areas are published ones or 0. */
struct ts_arithmetic_cost {
    double multiply_pj, add_pj;
    double multiply_um2, add_um2;
    bool multiply_is_published, add_is_published;
};
struct ts_arithmetic_cost ts_technology_arithmetic(const struct ts_technology *technology,
                                                   enum ts_precision precision);

/* Fit of a device class, NULL when the table has none at all. Falls back to the first listed. */
const struct ts_sram_fit *ts_technology_sram(const struct ts_technology *technology,
                                             enum ts_transistors transistors);

/* Entry of a family, NULL when there is none. */
const struct ts_overhead *ts_technology_overhead(const struct ts_technology *technology,
                                                 const char *family);

#ifdef __cplusplus
}
#endif
#endif
