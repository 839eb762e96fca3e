// The module that knows the ONNX project's library: bytes → plain structs, and its shape inference.
// Loaded on demand (module.c); exports one symbol. No exception leaves it.
#include "workloads/frontend/onnx/onnx_model.h"

#include <onnx/defs/schema.h>
#include <onnx/onnx_pb.h>
#include <onnx/shape_inference/implementation.h>

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>
#include <google/protobuf/stubs/logging.h>

#include <algorithm>
#include <climits>
#include <cmath>
#include <cstring>
#include <limits>
#include <memory>
#include <string>
#include <unordered_map>

namespace
{

using onnx::AttributeProto;
using onnx::TensorProto;

// Makes the structs, in the caller's memory.
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

    void tensor(const TensorProto &from, ts_onnx_tensor *to);
    void attribute(const AttributeProto &from, ts_onnx_attribute *to);
    void node(const onnx::NodeProto &from, ts_onnx_node *to);
    void value(const onnx::ValueInfoProto &from, ts_onnx_value *to);
    template <typename List> const ts_onnx_value *values(const List &from);
    template <typename List> const ts_onnx_node *nodes(const List &from);
    ts_onnx_graph *graph(const onnx::GraphProto &from);
    void function(const onnx::FunctionProto &from, ts_onnx_function *to);

  private:
    const double *numbers(const TensorProto &from, int64_t count);

    const ts_onnx_memory &memory_;
};

// Elements a shape holds, -1 when that is no sensible number.
int64_t count_of(const TensorProto &from)
{
    int64_t count = 1;
    for (int i = 0; i < from.dims_size(); i++) {
        if (from.dims(i) < 0 || (from.dims(i) && count > INT64_C(1) << 40) ||
            from.dims(i) > INT64_C(1) << 40)
            return -1;
        count *= from.dims(i);
    }
    return count;
}

double half_value(uint16_t bits)
{
    int exponent = bits >> 10 & 31, fraction = bits & 1023;
    double value =
        exponent ? std::ldexp(1024 + fraction, exponent - 25) : std::ldexp(fraction, -24);
    if (exponent == 31)
        value = fraction ? std::numeric_limits<double>::quiet_NaN()
                         : std::numeric_limits<double>::infinity();
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
    if (raw.size() != static_cast<size_t>(count) * sizeof(T))
        return false;
    unpack<T>(raw, to, count);
    return true;
}

bool from_halves(const TensorProto &from, double *to, int64_t count)
{
    bool brain = from.data_type() == TensorProto::BFLOAT16;
    double bits = 0;
    for (int64_t i = 0; i < count; i++) {
        if (from.has_raw_data())
            unpack<uint16_t>(from.raw_data().substr(static_cast<size_t>(i) * 2, 2), &bits, 1);
        else
            bits = from.int32_data(static_cast<int>(i)) & 0xffff;
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
    if (list.size() != count)
        return false;
    for (int i = 0; i < list.size(); i++)
        to[i] = static_cast<double>(list.Get(i));
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

// The values, when the short message still has them all.
const double *Maker::numbers(const TensorProto &from, int64_t count)
{
    enum { MOST = 1 << 16 };
    if (count < 0 || count > MOST || from.data_location() == TensorProto::EXTERNAL)
        return nullptr;
    double *to = array<double>(static_cast<int>(count));
    bool held = from.has_raw_data() ? from_raw(from, to, count) : from_lists(from, to, count);
    return held ? to : nullptr;
}

void Maker::tensor(const TensorProto &from, ts_onnx_tensor *to)
{
    int64_t *dims = array<int64_t>(from.dims_size());
    for (int i = 0; i < from.dims_size(); i++)
        dims[i] = from.dims(i);
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
    if (from.type() != AttributeProto::UNDEFINED)
        return from.type();
    if (from.has_t())
        return AttributeProto::TENSOR;
    if (from.has_g())
        return AttributeProto::GRAPH;
    if (from.has_s())
        return AttributeProto::STRING;
    if (from.ints_size())
        return AttributeProto::INTS;
    if (from.floats_size())
        return AttributeProto::FLOATS;
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
        for (int i = 0; i < to->count; i++)
            copy[i] = from.ints(i);
        to->integers = copy;
        break;
    }
    case AttributeProto::FLOATS: {
        to->kind = TS_ONNX_ATTR_FLOATS;
        to->count = from.floats_size();
        double *copy = array<double>(to->count);
        for (int i = 0; i < to->count; i++)
            copy[i] = from.floats(i);
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
    for (int i = 0; i < from.attribute_size(); i++)
        attribute(from.attribute(i), &attributes[i]);
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
    for (int i = 0; i < from.size(); i++)
        node(from.Get(i), &copy[i]);
    return copy;
}

void Maker::value(const onnx::ValueInfoProto &from, ts_onnx_value *to)
{
    to->name = text(from.name());
    if (!from.type().has_tensor_type())
        return;
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
    for (int i = 0; i < from.size(); i++)
        value(from.Get(i), &copy[i]);
    return copy;
}

ts_onnx_graph *Maker::graph(const onnx::GraphProto &from)
{
    ts_onnx_graph *to = array<ts_onnx_graph>(1);
    int count = from.initializer_size(), sparse = from.sparse_initializer_size();
    ts_onnx_tensor *tensors = array<ts_onnx_tensor>(count + sparse);
    for (int i = 0; i < count; i++)
        tensor(from.initializer(i), &tensors[i]);
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

// ------------------------------------------------------------------------------ the interface

bool is_standard(const std::string &domain)
{
    return domain.empty() || domain == "ai.onnx";
}

ts_onnx_model *open_model(const void *bytes, size_t length, const ts_onnx_memory *memory,
                          const char **error)
{
    enum { MAX_NESTING = 200 };
    Maker maker(*memory);
    try {
        google::protobuf::SetLogHandler(nullptr);
        auto model = std::make_unique<onnx::ModelProto>();
        google::protobuf::io::ArrayInputStream input(bytes, static_cast<int>(length));
        google::protobuf::io::CodedInputStream coded(&input);
        coded.SetTotalBytesLimit(INT_MAX);
        coded.SetRecursionLimit(MAX_NESTING);
        if (!model->ParseFromCodedStream(&coded) || !coded.ConsumedEntireMessage()) {
            *error = "its fields are not those of an ONNX model";
            return nullptr;
        }
        if (!model->has_graph()) {
            *error = "it has no graph";
            return nullptr;
        }
        ts_onnx_model *to = maker.array<ts_onnx_model>(1);
        to->ir_version = model->ir_version();
        to->producer = maker.text(model->producer_name());
        for (const auto &opset : model->opset_import())
            if (is_standard(opset.domain()))
                to->opset = opset.version();
        to->graph = maker.graph(model->graph());
        ts_onnx_function *functions = maker.array<ts_onnx_function>(model->functions_size());
        for (int i = 0; i < model->functions_size(); i++)
            maker.function(model->functions(i), &functions[i]);
        to->functions = functions;
        to->function_count = model->functions_size();
        to->handle = model.release();
        return to;
    } catch (const std::exception &failure) {
        *error = maker.text(failure.what());
        return nullptr;
    }
}

void close_model(ts_onnx_model *model)
{
    delete static_cast<onnx::ModelProto *>(model->handle);
    model->handle = nullptr;
}

// The newest version of an operator that is not newer than the model's opset.
const onnx::OpSchema *find_schema(const ts_onnx_model &model, const onnx::NodeProto &node)
{
    std::string domain = is_standard(node.domain()) ? "" : node.domain();
    if (!domain.empty() || model.opset <= 0)
        return onnx::OpSchemaRegistry::Schema(node.op_type(), domain);
    int version = static_cast<int>(std::min<int64_t>(model.opset, INT_MAX));
    return onnx::OpSchemaRegistry::Schema(node.op_type(), version, domain);
}

void set_type(const ts_onnx_shape &from, onnx::TypeProto *to)
{
    to->mutable_tensor_type()->set_elem_type(from.type ? from.type : TensorProto::FLOAT);
    if (from.rank < 0)
        return;
    onnx::TensorShapeProto *shape = to->mutable_tensor_type()->mutable_shape();
    for (int i = 0; i < from.rank; i++) {
        onnx::TensorShapeProto_Dimension *dim = shape->add_dim();
        if (from.dims[i] >= 0)
            dim->set_dim_value(from.dims[i]);
    }
}

int64_t whole(double value)
{
    if (value >= 9.2e18)
        return INT64_MAX;
    return value > -9.2e18 ? static_cast<int64_t>(value) : INT64_MIN;
}

void set_data(const ts_onnx_shape &from, TensorProto *to)
{
    int64_t count = 1;
    to->set_data_type(from.type);
    for (int i = 0; i < from.rank; i++) {
        to->add_dims(from.dims[i]);
        count *= from.dims[i];
    }
    for (int64_t i = 0; i < count; i++) {
        if (from.type == TensorProto::INT64)
            to->add_int64_data(whole(from.values[i]));
        else if (from.type == TensorProto::FLOAT)
            to->add_float_data(static_cast<float>(from.values[i]));
        else
            to->add_int32_data(static_cast<int32_t>(
                std::clamp<int64_t>(whole(from.values[i]), INT32_MIN, INT32_MAX)));
    }
}

bool get_type(const onnx::TypeProto &from, ts_onnx_shape *to)
{
    *to = {};
    to->rank = -1;
    if (!from.has_tensor_type() || !from.tensor_type().has_shape() ||
        from.tensor_type().shape().dim_size() > TS_ONNX_MAX_RANK)
        return false;
    to->type = from.tensor_type().elem_type();
    to->rank = from.tensor_type().shape().dim_size();
    for (int i = 0; i < to->rank; i++) {
        const auto &dim = from.tensor_type().shape().dim(i);
        to->dims[i] = dim.has_dim_value() ? dim.dim_value() : -1;
    }
    return true;
}

bool has_data(const ts_onnx_shape &shape)
{
    return shape.values && (shape.type == TensorProto::INT64 || shape.type == TensorProto::INT32 ||
                            shape.type == TensorProto::FLOAT || shape.type == TensorProto::BOOL);
}

bool infer(const ts_onnx_model *model, const ts_onnx_node *node, const ts_onnx_shape *inputs,
           int input_count, ts_onnx_shape *outputs, int output_count)
{
    try {
        onnx::NodeProto copy = *static_cast<const onnx::NodeProto *>(node->handle);
        const onnx::OpSchema *schema = find_schema(*model, copy);
        if (!schema || !schema->has_type_and_shape_inference_function())
            return false;
        schema->Verify(copy);
        std::unordered_map<std::string, onnx::TypeProto> types;
        std::unordered_map<std::string, TensorProto> data;
        std::unordered_map<std::string, onnx::TypeProto *> type_of_name;
        std::unordered_map<std::string, const TensorProto *> data_of_name;
        for (int i = 0; i < input_count && i < copy.input_size(); i++) {
            if (copy.input(i).empty())
                continue;
            std::string name = "input" + std::to_string(i);
            copy.set_input(i, name);
            set_type(inputs[i], &types[name]);
            if (has_data(inputs[i]))
                set_data(inputs[i], &data[name]);
        }
        for (auto &entry : types)
            type_of_name[entry.first] = &entry.second;
        for (auto &entry : data)
            data_of_name[entry.first] = &entry.second;
        onnx::shape_inference::InferenceContextImpl context(copy, type_of_name, data_of_name, {});
        schema->GetTypeAndShapeInferenceFunction()(context);
        bool known = output_count > 0;
        for (int i = 0; i < output_count; i++)
            known &= static_cast<size_t>(i) < context.getNumOutputs() &&
                     get_type(*context.getOutputType(static_cast<size_t>(i)), &outputs[i]);
        return known;
    } catch (const std::exception &) {
        return false;
    }
}

} // namespace

extern "C" __attribute__((visibility("default"))) const ts_onnx_module *tessera_onnx_module(void);

extern "C" const ts_onnx_module *tessera_onnx_module(void)
{
    static const ts_onnx_module module = {TS_ONNX_MODULE_VERSION, open_model, close_model, infer};
    return &module;
}
