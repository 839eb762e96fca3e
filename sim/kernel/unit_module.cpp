#include "sim/kernel/unit_module.hpp"

#include <algorithm>
#include <limits>

namespace tessera
{

Unit::Unit(sc_core::sc_module_name name, struct engine &engine, const Clock &clock, int64_t index)
    : sc_module(name), engine_(engine), clock_(clock),
      index_(index), port_{this, &Unit::transport_from_c}, event_cycles_(0)
{
    payload_.set_extension(&extension_);
    SC_METHOD(advance);
    sensitive << wake_;
    dont_initialize();
}

Unit::~Unit()
{
    payload_.clear_extension(&extension_); /* a member: the payload must not delete it */
}

void Unit::start()
{
    await(unit_next_event(&engine_, index_));
}

void Unit::advance()
{
    await(unit_advance(&engine_, index_, event_cycles_, &port_));
}

void Unit::await(double event_cycles)
{
    event_cycles_ = event_cycles;
    if (event_cycles < std::numeric_limits<double>::infinity()) {
        wake_.notify(clock_.until(event_cycles));
    }
}

void Unit::transport(struct access *access)
{
    extension_.access = access;
    double bytes = std::min(access->bytes, double(std::numeric_limits<unsigned>::max()));
    payload_.set_command(access->write ? tlm::TLM_WRITE_COMMAND : tlm::TLM_READ_COMMAND);
    payload_.set_address(access->load->address);
    payload_.set_data_length(unsigned(bytes));
    payload_.set_streaming_width(unsigned(bytes));
    payload_.set_response_status(tlm::TLM_INCOMPLETE_RESPONSE);
    sc_core::sc_time delay = sc_core::SC_ZERO_TIME;
    memory->b_transport(payload_, delay);
    if (!payload_.is_response_ok()) {
        SC_REPORT_FATAL("tessera", "a memory module left a request unanswered");
    }
    /* A foreign memory knows SystemC's delay alone. */
    access->done_cycles =
        std::max(access->done_cycles, access->issue_cycles + clock_.cycles(delay));
}

void Unit::transport_from_c(void *module, struct access *access)
{
    static_cast<Unit *>(module)->transport(access);
}

} // namespace tessera
