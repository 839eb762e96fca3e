// Plain structs of what the ONNX library parsed, in the caller's memory.
#ifndef TESSERA_ONNX_MAKER_HPP
#define TESSERA_ONNX_MAKER_HPP

#include "workloads/frontend/onnx/onnx_model.h"

#include <onnx/onnx_pb.h>

#include <cstring>
#include <string>

namespace tessera_onnx
{

class Maker
{
  public:
    explicit Maker(const ts_onnx_memory &memory) : memory_(memory)
    {
    }

    template <typename T> T *array(int count)
    {
        return static_cast<T *>(
            memory_.alloc(memory_.context, (static_cast<size_t>(count) + 1) * sizeof(T)));
    }

    const char *text(const std::string &from)
    {
        char *copy = array<char>(static_cast<int>(from.size()));
        std::memcpy(copy, from.data(), from.size());
        return copy;
    }

    template <typename List> const char *const *texts(const List &from)
    {
        const char **copy = array<const char *>(from.size());
        for (int i = 0; i < from.size(); i++)
            copy[i] = text(from.Get(i));
        return copy;
    }

    void tensor(const onnx::TensorProto &from, ts_onnx_tensor *to);
    void attribute(const onnx::AttributeProto &from, ts_onnx_attribute *to);
    void node(const onnx::NodeProto &from, ts_onnx_node *to);
    void value(const onnx::ValueInfoProto &from, ts_onnx_value *to);
    template <typename List> const ts_onnx_value *values(const List &from);
    template <typename List> const ts_onnx_node *nodes(const List &from);
    ts_onnx_graph *graph(const onnx::GraphProto &from);
    void function(const onnx::FunctionProto &from, ts_onnx_function *to);

  private:
    const double *numbers(const onnx::TensorProto &from, int64_t count);

    const ts_onnx_memory &memory_;
};

} // namespace tessera_onnx

#endif
