#include "workloads/frontend/onnx/module/tensor_values.hpp"

#include <cmath>
#include <cstring>
#include <limits>
#include <string>

namespace tessera_onnx
{

using onnx::TensorProto;

int64_t count_of(const TensorProto &from)
{
    int64_t count = 1;
    for (int i = 0; i < from.dims_size(); i++) {
        if (from.dims(i) < 0 || (from.dims(i) && count > INT64_C(1) << 40) ||
            from.dims(i) > INT64_C(1) << 40) {
            return -1;
        }
        count *= from.dims(i);
    }
    return count;
}

namespace
{

double half_value(uint16_t bits)
{
    int exponent = bits >> 10 & 31, fraction = bits & 1023;
    double value =
        exponent ? std::ldexp(1024 + fraction, exponent - 25) : std::ldexp(fraction, -24);
    if (exponent == 31) {
        value = fraction ? std::numeric_limits<double>::quiet_NaN()
                         : std::numeric_limits<double>::infinity();
    }
    return bits & 0x8000 ? -value : value;
}

double bfloat_value(uint16_t bits)
{
    uint32_t wide = static_cast<uint32_t>(bits) << 16;
    float value;
    std::memcpy(&value, &wide, sizeof value);
    return value;
}

template <typename T> void unpack(const std::string &raw, double *to, int64_t count)
{
    for (int64_t i = 0; i < count; i++) {
        T value;
        std::memcpy(&value, raw.data() + static_cast<size_t>(i) * sizeof value, sizeof value);
        to[i] = static_cast<double>(value);
    }
}

template <typename T> bool unpack_if_whole(const std::string &raw, double *to, int64_t count)
{
    if (raw.size() != static_cast<size_t>(count) * sizeof(T)) {
        return false;
    }
    unpack<T>(raw, to, count);
    return true;
}

bool from_halves(const TensorProto &from, double *to, int64_t count)
{
    bool brain = from.data_type() == TensorProto::BFLOAT16;
    double bits = 0;
    for (int64_t i = 0; i < count; i++) {
        if (from.has_raw_data()) {
            unpack<uint16_t>(from.raw_data().substr(static_cast<size_t>(i) * 2, 2), &bits, 1);
        } else {
            bits = from.int32_data(static_cast<int>(i)) & 0xffff;
        }
        to[i] = brain ? bfloat_value(static_cast<uint16_t>(bits))
                      : half_value(static_cast<uint16_t>(bits));
    }
    return true;
}

bool from_raw(const TensorProto &from, double *to, int64_t count)
{
    const std::string &raw = from.raw_data();
    switch (from.data_type()) {
    case TensorProto::FLOAT:
        return unpack_if_whole<float>(raw, to, count);
    case TensorProto::DOUBLE:
        return unpack_if_whole<double>(raw, to, count);
    case TensorProto::INT64:
        return unpack_if_whole<int64_t>(raw, to, count);
    case TensorProto::UINT64:
        return unpack_if_whole<uint64_t>(raw, to, count);
    case TensorProto::INT32:
        return unpack_if_whole<int32_t>(raw, to, count);
    case TensorProto::UINT32:
        return unpack_if_whole<uint32_t>(raw, to, count);
    case TensorProto::INT16:
        return unpack_if_whole<int16_t>(raw, to, count);
    case TensorProto::UINT16:
        return unpack_if_whole<uint16_t>(raw, to, count);
    case TensorProto::INT8:
        return unpack_if_whole<int8_t>(raw, to, count);
    case TensorProto::UINT8:
    case TensorProto::BOOL:
        return unpack_if_whole<uint8_t>(raw, to, count);
    case TensorProto::FLOAT16:
    case TensorProto::BFLOAT16:
        return raw.size() == static_cast<size_t>(count) * 2 && from_halves(from, to, count);
    default:
        return false;
    }
}

template <typename List> bool from_list(const List &list, double *to, int64_t count)
{
    if (list.size() != count) {
        return false;
    }
    for (int i = 0; i < list.size(); i++) {
        to[i] = static_cast<double>(list.Get(i));
    }
    return true;
}

bool from_lists(const TensorProto &from, double *to, int64_t count)
{
    switch (from.data_type()) {
    case TensorProto::FLOAT:
        return from_list(from.float_data(), to, count);
    case TensorProto::DOUBLE:
        return from_list(from.double_data(), to, count);
    case TensorProto::INT64:
        return from_list(from.int64_data(), to, count);
    case TensorProto::UINT64:
    case TensorProto::UINT32:
        return from_list(from.uint64_data(), to, count);
    case TensorProto::FLOAT16:
    case TensorProto::BFLOAT16:
        return from.int32_data_size() == count && from_halves(from, to, count);
    case TensorProto::STRING:
        return false;
    default:
        return from_list(from.int32_data(), to, count);
    }
}

} // namespace

bool tensor_values(const TensorProto &from, double *to, int64_t count)
{
    return from.has_raw_data() ? from_raw(from, to, count) : from_lists(from, to, count);
}

} // namespace tessera_onnx
