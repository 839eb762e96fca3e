#include "sim/kernel/player.hpp"

namespace tessera
{

namespace
{

enum { BIT = 1, STATE_BITS = 3, COUNT_BITS = 16 };

sc_core::sc_time picoseconds(int64_t ps)
{
    return sc_core::sc_time(double(ps), sc_core::SC_PS);
}

} // namespace

Player::Player(sc_core::sc_module_name name, const struct waves &waves)
    : sc_module(name), waves_(waves), values_(size_t(wave_count(&waves)), 0)
{
    SC_METHOD(play);
}

void Player::trace(sc_core::sc_trace_file *file, int64_t signal, const std::string &name, int bits)
{
    sc_core::sc_trace(file, values_[size_t(signal)], name, bits);
}

void Player::trace_server(sc_core::sc_trace_file *file, int64_t server, const std::string &name)
{
    int64_t signal = wave_of_server(&waves_, server);
    trace(file, signal + WAVE_BUSY, name + ".busy", BIT);
    trace(file, signal + WAVE_QUEUE, name + ".queue", COUNT_BITS);
}

void Player::declare(sc_core::sc_trace_file *file)
{
    trace(file, WAVE_LAYER, "layer", COUNT_BITS);
    trace(file, WAVE_EXTRAPOLATED, "extrapolated", BIT);
    trace(file, WAVE_REPEATED, "repeated", BIT);
    for (int64_t unit = 0; unit < waves_.units; unit++) {
        std::string name = "unit_" + std::to_string(unit);
        trace(file, wave_of_unit(unit) + WAVE_STATE, name + ".state", STATE_BITS);
        trace(file, wave_of_unit(unit) + WAVE_LOADS, name + ".loads", COUNT_BITS);
    }
    trace_server(file, WAVE_NOC, "noc");
    trace_server(file, WAVE_CACHE, "shared_cache");
    trace_server(file, WAVE_HOST, "host_link");
    for (int64_t channel = 0; channel < waves_.channels; channel++) {
        trace_server(file, WAVE_FIRST_CHANNEL + channel, "dram.channel_" + std::to_string(channel));
    }
}

/* All that changes now, then when something does again. What lies behind the end is left out. */
void Player::play()
{
    int64_t now_ps = int64_t(sc_core::sc_time_stamp().value());
    while (next_ < waves_.count && waves_.changes[next_].time_ps <= now_ps) {
        const struct wave_change &change = waves_.changes[next_++];
        values_[size_t(change.signal)] += unsigned(change.difference);
    }
    bool goes_on = next_ < waves_.count && waves_.changes[next_].time_ps < waves_.end_ps;
    if (goes_on) {
        next_trigger(picoseconds(waves_.changes[next_].time_ps - now_ps));
    } else if (now_ps < waves_.end_ps) {
        next_trigger(picoseconds(waves_.end_ps - now_ps));
    } else {
        sc_core::sc_stop();
    }
}

} // namespace tessera
