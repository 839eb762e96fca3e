#include "workloads/frontend/onnx/module/maker.hpp"

#include "workloads/frontend/onnx/module/tensor_values.hpp"

namespace tessera_onnx
{

using onnx::AttributeProto;
using onnx::TensorProto;

// The values, when the short message still has them all.
const double *Maker::numbers(const TensorProto &from, int64_t count)
{
    enum { MOST = 1 << 16 };
    if (count < 0 || count > MOST || from.data_location() == TensorProto::EXTERNAL) {
        return nullptr;
    }
    double *to = array<double>(static_cast<int>(count));
    return tensor_values(from, to, count) ? to : nullptr;
}

void Maker::tensor(const TensorProto &from, ts_onnx_tensor *to)
{
    int64_t *dims = array<int64_t>(from.dims_size());
    for (int i = 0; i < from.dims_size(); i++) {
        dims[i] = from.dims(i);
    }
    int64_t count = count_of(from);
    to->name = text(from.name());
    to->type = from.data_type();
    to->rank = from.dims_size();
    to->dims = dims;
    to->is_external = from.data_location() == TensorProto::EXTERNAL;
    to->values = numbers(from, count);
    to->value_count = to->values ? count : 0;
}

// Older files leave the type out: what is there tells.
AttributeProto::AttributeType type_of(const AttributeProto &from)
{
    if (from.type() != AttributeProto::UNDEFINED) {
        return from.type();
    }
    if (from.has_t()) {
        return AttributeProto::TENSOR;
    }
    if (from.has_g()) {
        return AttributeProto::GRAPH;
    }
    if (from.has_s()) {
        return AttributeProto::STRING;
    }
    if (from.ints_size()) {
        return AttributeProto::INTS;
    }
    if (from.floats_size()) {
        return AttributeProto::FLOATS;
    }
    return from.has_f() ? AttributeProto::FLOAT : AttributeProto::INT;
}

void Maker::attribute(const AttributeProto &from, ts_onnx_attribute *to)
{
    to->name = text(from.name());
    to->reference = from.ref_attr_name().empty() ? nullptr : text(from.ref_attr_name());
    to->integer = from.i();
    to->real = from.f();
    to->text = text(from.s());
    to->kind = TS_ONNX_ATTR_OTHER;
    switch (type_of(from)) {
    case AttributeProto::FLOAT:
        to->kind = TS_ONNX_ATTR_FLOAT;
        break;
    case AttributeProto::INT:
        to->kind = TS_ONNX_ATTR_INT;
        break;
    case AttributeProto::STRING:
        to->kind = TS_ONNX_ATTR_STRING;
        break;
    case AttributeProto::TENSOR: {
        to->kind = TS_ONNX_ATTR_TENSOR;
        ts_onnx_tensor *inner = array<ts_onnx_tensor>(1);
        tensor(from.t(), inner);
        to->tensor = inner;
        break;
    }
    case AttributeProto::GRAPH:
        to->kind = TS_ONNX_ATTR_GRAPH;
        to->graph = graph(from.g());
        break;
    case AttributeProto::INTS: {
        to->kind = TS_ONNX_ATTR_INTS;
        to->count = from.ints_size();
        int64_t *copy = array<int64_t>(to->count);
        for (int i = 0; i < to->count; i++) {
            copy[i] = from.ints(i);
        }
        to->integers = copy;
        break;
    }
    case AttributeProto::FLOATS: {
        to->kind = TS_ONNX_ATTR_FLOATS;
        to->count = from.floats_size();
        double *copy = array<double>(to->count);
        for (int i = 0; i < to->count; i++) {
            copy[i] = from.floats(i);
        }
        to->reals = copy;
        break;
    }
    default:
        break;
    }
}

void Maker::node(const onnx::NodeProto &from, ts_onnx_node *to)
{
    ts_onnx_attribute *attributes = array<ts_onnx_attribute>(from.attribute_size());
    for (int i = 0; i < from.attribute_size(); i++) {
        attribute(from.attribute(i), &attributes[i]);
    }
    to->name = text(from.name());
    to->op = text(from.op_type());
    to->domain = text(from.domain());
    to->inputs = texts(from.input());
    to->outputs = texts(from.output());
    to->input_count = from.input_size();
    to->output_count = from.output_size();
    to->attributes = attributes;
    to->attribute_count = from.attribute_size();
    to->handle = &from;
}

template <typename List> const ts_onnx_node *Maker::nodes(const List &from)
{
    ts_onnx_node *copy = array<ts_onnx_node>(from.size());
    for (int i = 0; i < from.size(); i++) {
        node(from.Get(i), &copy[i]);
    }
    return copy;
}

void Maker::value(const onnx::ValueInfoProto &from, ts_onnx_value *to)
{
    to->name = text(from.name());
    if (!from.type().has_tensor_type()) {
        return;
    }
    const onnx::TypeProto_Tensor &type = from.type().tensor_type();
    to->type = type.elem_type();
    to->has_shape = type.has_shape();
    to->rank = type.shape().dim_size();
    ts_onnx_dim *dims = array<ts_onnx_dim>(to->rank);
    for (int i = 0; i < to->rank; i++) {
        const onnx::TensorShapeProto_Dimension &dim = type.shape().dim(i);
        dims[i].value = dim.has_dim_value() ? dim.dim_value() : 0;
        dims[i].name = text(dim.dim_param());
    }
    to->dims = dims;
}

template <typename List> const ts_onnx_value *Maker::values(const List &from)
{
    ts_onnx_value *copy = array<ts_onnx_value>(from.size());
    for (int i = 0; i < from.size(); i++) {
        value(from.Get(i), &copy[i]);
    }
    return copy;
}

ts_onnx_graph *Maker::graph(const onnx::GraphProto &from)
{
    ts_onnx_graph *to = array<ts_onnx_graph>(1);
    int count = from.initializer_size(), sparse = from.sparse_initializer_size();
    ts_onnx_tensor *tensors = array<ts_onnx_tensor>(count + sparse);
    for (int i = 0; i < count; i++) {
        tensor(from.initializer(i), &tensors[i]);
    }
    for (int i = 0; i < sparse; i++) { // the dense shape with the values' name and type
        const onnx::SparseTensorProto &s = from.sparse_initializer(i);
        TensorProto dense;
        dense.set_name(s.values().name());
        dense.set_data_type(s.values().data_type());
        *dense.mutable_dims() = s.dims();
        dense.set_data_location(TensorProto::EXTERNAL);
        tensor(dense, &tensors[count + i]);
        tensors[count + i].is_external = false;
    }
    to->name = text(from.name());
    to->nodes = nodes(from.node());
    to->node_count = from.node_size();
    to->initializers = tensors;
    to->initializer_count = count + sparse;
    to->inputs = values(from.input());
    to->input_count = from.input_size();
    to->outputs = values(from.output());
    to->output_count = from.output_size();
    to->infos = values(from.value_info());
    to->info_count = from.value_info_size();
    return to;
}

void Maker::function(const onnx::FunctionProto &from, ts_onnx_function *to)
{
    to->name = text(from.name());
    to->domain = text(from.domain());
    to->inputs = texts(from.input());
    to->outputs = texts(from.output());
    to->input_count = from.input_size();
    to->output_count = from.output_size();
    to->nodes = nodes(from.node());
    to->node_count = from.node_size();
}

} // namespace tessera_onnx
