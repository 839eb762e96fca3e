/* What a TLM-2.0 transaction of ours carries beside address, command and length: the tile request
 * itself, with exact times in cycles. A foreign memory model may ignore it: it then reads the
 * generic payload and annotates the delay, which the caller takes over. */
#ifndef TESSERA_SIM_KERNEL_TILE_EXTENSION_HPP
#define TESSERA_SIM_KERNEL_TILE_EXTENSION_HPP

#include "sim/engine/machine.h"

#include <tlm>

namespace tessera
{

struct TileExtension : tlm::tlm_extension<TileExtension> {
    struct access *access = nullptr;

    tlm::tlm_extension_base *clone() const override
    {
        auto *copy = new TileExtension;
        copy->access = access;
        return copy;
    }

    void copy_from(const tlm::tlm_extension_base &other) override
    {
        access = static_cast<const TileExtension &>(other).access;
    }
};

} // namespace tessera
#endif
