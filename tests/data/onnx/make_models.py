#!/usr/bin/python3
"""Writes the models that tests/unit/workloads/frontend/test_onnx.c reads, with the onnx package
(Debian: python3-onnx), in the forms that exporters use.

    make_models.py FOLDER
"""
import os
import sys

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper


class Network:
    """Nodes, weights and values of one model under construction."""

    def __init__(self, opset=13):
        self.opset, self.nodes, self.weights, self.count = opset, [], [], 0

    def weight(self, shape, name=None, values=None):
        self.count += 1
        name = name or "w%d" % self.count
        if values is None:
            values = np.zeros(shape, np.float32)
        self.weights.append(numpy_helper.from_array(np.asarray(values), name))
        return name

    def integers(self, values):
        return self.weight(None, values=np.asarray(values, np.int64))

    def number(self, value):
        return self.weight(None, values=np.asarray(value, np.float32))

    def add(self, op, *inputs, outputs=1, name=None, domain="", **attributes):
        self.count += 1
        name = name or "%s_%d" % (op, self.count)
        made = ["%s_out%d" % (name, i) for i in range(outputs)]
        self.nodes.append(helper.make_node(op, list(inputs), made, name=name, domain=domain,
                                           **attributes))
        return made[0] if outputs == 1 else made

    def model(self, inputs, output, functions=()):
        values = [helper.make_tensor_value_info(name, kind, shape) for name, kind, shape in inputs]
        outputs = [helper.make_tensor_value_info(output, TensorProto.FLOAT, None)]
        graph = helper.make_graph(self.nodes, "network", values, outputs, self.weights)
        model = helper.make_model(graph, producer_name="make_models",
                                  opset_imports=[helper.make_opsetid("", self.opset)])
        model.ir_version = 8
        model.functions.extend(functions)
        return model


FLOAT, INT64 = TensorProto.FLOAT, TensorProto.INT64


def conv(n, x, c, k, kernel, stride=1, pad=0, groups=1, norm=True, relu=True, bias=False):
    inputs = [x, n.weight([k, c // groups, kernel, kernel])] + ([n.weight([k])] if bias else [])
    x = n.add("Conv", *inputs, kernel_shape=[kernel] * 2, strides=[stride] * 2, pads=[pad] * 4,
              group=groups)
    if norm:
        x = n.add("BatchNormalization", x, *[n.weight([k]) for _ in range(4)])
    return n.add("Relu", x) if relu else x


def resnet50(batch="batch", opset=13):
    n = Network(opset)
    x = conv(n, "image", 3, 64, 7, 2, 3)
    x = n.add("MaxPool", x, kernel_shape=[3, 3], strides=[2, 2], pads=[1, 1, 1, 1])
    c = 64
    for width, blocks, first in ((64, 3, 1), (128, 4, 2), (256, 6, 2), (512, 3, 2)):
        for i in range(blocks):
            stride = first if i == 0 else 1
            y = conv(n, x, c, width, 1)
            y = conv(n, y, width, width, 3, stride, 1)
            y = conv(n, y, width, 4 * width, 1, relu=False)
            if i == 0:
                x = conv(n, x, c, 4 * width, 1, stride, relu=False)
            x = n.add("Relu", n.add("Add", y, x))
            c = 4 * width
    x = n.add("Flatten", n.add("GlobalAveragePool", x))
    x = n.add("Gemm", x, n.weight([1000, 2048]), n.weight([1000]), transB=1)
    return n.model([("image", FLOAT, [batch, 3, 224, 224])], x)


def depthwise():
    n = Network(11)
    x = conv(n, "image", 32, 32, 3, 1, 1, groups=32)
    x = n.add("Clip", x, n.number(0), n.number(6))
    x = conv(n, x, 32, 64, 1, groups=4, bias=True, norm=False)
    return n.model([("image", FLOAT, ["N", 32, 14, 18])], x)


def upsampling(opset):
    """ConvTranspose, Resize by scales and by computed sizes, Concat, Sigmoid."""
    n = Network(opset)
    x = n.add("ConvTranspose", "image", n.weight([16, 8, 4, 4]), n.weight([8]), strides=[2, 2],
              pads=[1, 1, 1, 1])
    if opset < 10:
        y = n.add("Upsample", "image", n.weight(None, values=np.array([1, 1, 2, 2], np.float32)))
    else:
        y = n.add("Resize", "image", n.weight(None, values=np.zeros(0, np.float32)),
                  n.weight(None, values=np.array([1, 1, 2, 2], np.float32)), mode="linear")
    return n.model([("image", FLOAT, ["N", 16, 17, 23])],
                   n.add("Sigmoid", n.add("Concat", x, y, axis=1)))


def split_heads(n, x, batch, length, heads, width, opset):
    shape = n.add("Concat", batch, length, n.integers([heads]), n.integers([width]), axis=0)
    return n.add("Transpose", n.add("Reshape", x, shape), perm=[0, 2, 1, 3])


def layer_norm(n, x, width):
    centred = n.add("Sub", x, n.add("ReduceMean", x, axes=[-1]))
    variance = n.add("ReduceMean", n.add("Pow", centred, n.number(2)), axes=[-1])
    root = n.add("Sqrt", n.add("Add", variance, n.number(1e-5)))
    scaled = n.add("Mul", n.add("Div", centred, root), n.weight([width]))
    return n.add("Add", scaled, n.weight([width]))


def gelu(n, x):
    y = n.add("Add", n.add("Erf", n.add("Div", x, n.number(1.4142135))), n.number(1))
    return n.add("Mul", n.add("Mul", x, y), n.number(0.5))


def transformer(opset=13, layers=2, width=64, heads=4, words=1000):
    """An encoder as PyTorch writes it: shapes computed from the input's."""
    n = Network(opset)
    size = n.add("Shape", "ids")

    def at(i):
        axis = [0]
        number = n.add("Gather", size, n.weight(None, values=np.int64(i)), axis=0)
        if opset < 13:
            return n.add("Unsqueeze", number, axes=axis)
        return n.add("Unsqueeze", number, n.integers(axis))

    batch, length = at(0), at(1)
    x = n.add("Gather", n.weight([words, width], "embedding"), "ids")
    for _ in range(layers):
        q, k, v = [n.add("Add", n.add("MatMul", x, n.weight([width, width])), n.weight([width]))
                   for _ in range(3)]
        q, k, v = [split_heads(n, y, batch, length, heads, width // heads, opset)
                   for y in (q, k, v)]
        scores = n.add("MatMul", q, n.add("Transpose", k, perm=[0, 1, 3, 2]))
        scores = n.add("Softmax", n.add("Div", scores, n.number(4)), axis=3)
        y = n.add("Transpose", n.add("MatMul", scores, v), perm=[0, 2, 1, 3])
        y = n.add("Reshape", y, n.add("Concat", batch, length, n.integers([width]), axis=0))
        y = n.add("Add", n.weight([width]), n.add("MatMul", y, n.weight([width, width])))
        x = layer_norm(n, n.add("Add", x, y), width)
        y = gelu(n, n.add("Add", n.add("MatMul", x, n.weight([width, 4 * width])),
                          n.weight([4 * width])))
        y = n.add("Add", n.add("MatMul", y, n.weight([4 * width, width])), n.weight([width]))
        x = layer_norm(n, n.add("Add", x, y), width)
    # The output layer shares the embedding's table.
    x = n.add("MatMul", x, n.add("Transpose", "embedding", perm=[1, 0]))
    return n.model([("ids", INT64, ["batch", "sequence"])], x)


def recurrent(op, gates, opset=14):
    n = Network(opset)
    y = n.add(op, "x", n.weight([2, gates * 24, 20]), n.weight([2, gates * 24, 24]),
              n.weight([2, 2 * gates * 24]), outputs=2, hidden_size=24, direction="bidirectional")
    axes = n.integers([1])
    x = n.add("Reshape", n.add("Transpose", y[0], perm=[0, 2, 1, 3]), n.integers([0, 0, -1]))
    n.add("Squeeze", n.add("Slice", y[1], n.integers([0]), n.integers([1])), n.integers([0]))
    del axes
    return n.model([("x", FLOAT, ["steps", "batch", 20])], n.add("Softmax", x, axis=-1))


def unknown():
    n = Network()
    x = n.add("Relu", "x")
    x = n.add("Mystery", x, name="the_unknown", domain="com.example")
    return n.model([("x", FLOAT, ["batch", 7, 11])], n.add("Relu", x))


def function():
    """A body that calls another function and reads its caller's attribute."""
    inner = helper.make_function("test", "Half", ["a"], ["b"],
                                 [helper.make_node("Relu", ["a"], ["b"])],
                                 [helper.make_opsetid("", 15)])
    flat = helper.make_node("Flatten", ["h"], ["y"])
    flat.attribute.append(onnx.AttributeProto(name="axis", type=onnx.AttributeProto.INT,
                                              ref_attr_name="from"))
    outer = helper.make_function("test", "Whole", ["x"], ["y"],
                                 [helper.make_node("Half", ["x"], ["h"], domain="test"), flat],
                                 [helper.make_opsetid("", 15), helper.make_opsetid("test", 1)],
                                 ["from"])
    n = Network(15)
    x = n.add("Whole", "x", domain="test", **{"from": 2})
    x = n.add("MatMul", x, n.weight([15, 4]))
    return n.model([("x", FLOAT, [2, 3, 3, 5])], x, [inner, outer])


def cyclic():
    n = Network()
    n.nodes.append(helper.make_node("Add", ["x", "b"], ["a"], name="first"))
    n.nodes.append(helper.make_node("Relu", ["a"], ["b"], name="second"))
    return n.model([("x", FLOAT, [1, 4])], "b")


def recursive():
    body = helper.make_function("test", "Again", ["a"], ["b"],
                                [helper.make_node("Again", ["a"], ["b"], domain="test")],
                                [helper.make_opsetid("test", 1)])
    n = Network(15)
    return n.model([("x", FLOAT, [1, 4])], n.add("Again", "x", domain="test"), [body])


def opset18():
    """Newer than the library of Debian 12: axes as inputs, Split by number, Gelu."""
    n = Network(20)
    x = n.add("ReduceMean", "x", n.integers([2]), keepdims=0)
    x = n.add("Split", x, outputs=2, axis=1, num_outputs=2)
    x = n.add("Gelu", n.add("Concat", x[1], x[0], axis=1))
    return n.model([("x", FLOAT, ["N", 10, 6])], n.add("MatMul", x, n.weight([10, 3])))


def branches():
    """An If whose larger branch has weights of its own and reads what stands outside."""
    n = Network()
    x = n.add("Relu", "x")
    weight = numpy_helper.from_array(np.zeros([11, 5], np.float32), "w")
    large = helper.make_graph(
        [helper.make_node("MatMul", [x, "w"], ["p"], name="product"),
         helper.make_node("Tanh", ["p"], ["q"], name="squash")], "large", [],
        [helper.make_tensor_value_info("q", FLOAT, None)], [weight])
    small = helper.make_graph(
        [helper.make_node("Identity", [x], ["r"], name="nothing")], "small", [],
        [helper.make_tensor_value_info("r", FLOAT, None)])
    y = n.add("If", "flag", then_branch=small, else_branch=large)
    return n.model([("x", FLOAT, [3, 11]), ("flag", TensorProto.BOOL, [1])], n.add("Relu", y))


def attention(heads=8, kv_heads=2, width=16, values=24):
    """The standard's operator of opset 23, with a cache of five tokens."""
    n = Network(23)
    made = n.add("Attention", "q", "k", "v", "", "past_k", "past_v", outputs=3,
                 q_num_heads=heads, kv_num_heads=kv_heads, is_causal=1)
    n.add("Relu", made[1])
    return n.model([("q", FLOAT, [2, 7, heads * width]), ("k", FLOAT, [2, 7, kv_heads * width]),
                    ("v", FLOAT, [2, 7, kv_heads * values]),
                    ("past_k", FLOAT, [2, kv_heads, 5, width]),
                    ("past_v", FLOAT, [2, kv_heads, 5, values])], n.add("Relu", made[0]))


def runtime(hidden=64, heads=4):
    """What ONNX Runtime's optimiser makes of a transformer."""
    n = Network()
    own = {"domain": "com.microsoft"}
    x = n.add("Attention", "x", n.weight([hidden, 3 * hidden]), n.weight([3 * hidden]),
              num_heads=heads, **own)
    x = n.add("SkipLayerNormalization", x, "x", n.weight([hidden]), n.weight([hidden]), **own)
    packed = n.add("MatMul", x, n.weight([hidden, 2 * hidden]))
    y = n.add("GroupQueryAttention", packed, "", "", "past_k", "past_v", "lengths", "total",
              outputs=3, num_heads=heads, kv_num_heads=heads // 2, do_rotary=1, **own)
    z = n.add("MultiHeadAttention", y[0], y[0], x, num_heads=heads, **own)
    z = n.add("SkipSimplifiedLayerNormalization", z, x, n.weight([hidden]), outputs=4, **own)
    w = n.add("MatMulNBits", z[0], n.weight([32, 2, 16]), n.weight([64]), K=hidden, N=32, bits=4,
              block_size=32, **own)
    w = n.add("Add", w, n.add("MatMul", z[3], n.weight([hidden, 32])))
    kv = [1, heads // 2, 5, hidden // heads]
    return n.model([("x", FLOAT, [1, 7, hidden]), ("past_k", FLOAT, kv), ("past_v", FLOAT, kv),
                    ("lengths", INT64, [1]), ("total", INT64, [1])], n.add("QuickGelu", w, **own))


def nested(depth):
    n = Network()
    graph = helper.make_graph([helper.make_node("Relu", ["x"], ["y"])], "deepest", [], [])
    for i in range(depth):
        node = helper.make_node("If", ["x"], ["y"], then_branch=graph, else_branch=graph)
        node = helper.make_node("If", ["x"], ["y"], then_branch=graph)
        graph = helper.make_graph([node], "level%d" % i, [], [])
    n.nodes.append(helper.make_node("If", ["x"], ["y"], then_branch=graph))
    return n.model([("x", FLOAT, [1])], "y")


def mlp(hidden, layers):
    n = Network()
    x = "x"
    for _ in range(layers):
        x = n.add("Gemm", x, n.weight([hidden, hidden]), n.weight([hidden]), transB=1)
    return n.model([("x", FLOAT, ["batch", hidden])], x)


def main(folder):
    def save(name, model, **options):
        onnx.save_model(model, os.path.join(folder, name + ".onnx"), **options)

    save("resnet50", resnet50())
    save("fixed", resnet50(batch=2, opset=9))
    save("depthwise", depthwise())
    save("upsample9", upsampling(9))
    save("upsample13", upsampling(13))
    for opset in (11, 12, 13, 15):
        save("transformer%d" % opset, transformer(opset))
    save("lstm", recurrent("LSTM", 4))
    save("gru", recurrent("GRU", 3))
    save("rnn", recurrent("RNN", 1))
    save("unknown", unknown())
    save("function", function())
    save("cyclic", cyclic())
    save("recursive", recursive())
    save("opset20", opset18())
    save("branches", branches())
    save("attention", attention())
    save("runtime", runtime())
    for depth in (10, 30):
        save("nested%d" % depth, nested(depth))
    model = mlp(256, 2)
    save("external", model, save_as_external_data=True, location="external.bin", size_threshold=0)
    absent = mlp(256, 2)
    for tensor in absent.graph.initializer:
        tensor.ClearField("raw_data")
    save("absent", absent)
    with open(os.path.join(folder, "resnet50.onnx"), "rb") as file:
        data = file.read(40000)
    for length in (1, 100, 39999):
        with open(os.path.join(folder, "short%d.onnx" % length), "wb") as file:
            file.write(data[:length])


if __name__ == "__main__":
    main(sys.argv[1])
