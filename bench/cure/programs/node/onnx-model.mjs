// A model of matrix products in ONNX's protocol-buffer format: y = relu(x · W), several times.
export const layers = { count: 6, width: 512 };

/** A field of bytes: https://protobuf.dev/programming-guides/encoding/ */
const bytes = (field, content) => Buffer.concat([varint((field << 3) | 2), varint(content.length), content]);
const text = (field, content) => bytes(field, Buffer.from(content));
const number = (field, value) => Buffer.concat([varint(field << 3), varint(value)]);

function varint(value) {
  const digits = [];
  for (; value > 127; value >>>= 7) digits.push((value & 127) | 128);
  return Buffer.from([...digits, value]);
}

const FLOAT = 1;

/** ModelProto; the field numbers are those of onnx.proto. */
export function model() {
  const names = Array.from({ length: layers.count + 1 }, (_, i) => `x${i}`);
  const nodes = names
    .slice(1)
    .flatMap((output, i) => [node('MatMul', [names[i], 'w'], `m${i}`), node('Relu', [`m${i}`], output)]);
  const graph = Buffer.concat([
    ...nodes.map(one => bytes(1, one)),
    text(2, 'products'),
    bytes(5, weights()),
    bytes(11, value(names[0])),
    bytes(12, value(names.at(-1))),
  ]);
  return Buffer.concat([number(1, 8), bytes(7, graph), bytes(8, number(2, 13))]);
}

function node(operator, inputs, output) {
  return Buffer.concat([...inputs.map(input => text(1, input)), text(2, output), text(4, operator)]);
}

function weights() {
  const { width } = layers;
  const values = Float32Array.from({ length: width * width }, (_, i) => ((i * 7919) % 101) / 101 / width);
  return Buffer.concat([
    number(1, width),
    number(1, width),
    number(2, FLOAT),
    text(8, 'w'),
    bytes(9, Buffer.from(values.buffer)),
  ]);
}

function value(name) {
  const dimensions = [64, layers.width].map(size => bytes(1, number(1, size)));
  const tensor = Buffer.concat([number(1, FLOAT), bytes(2, Buffer.concat(dimensions))]);
  return Buffer.concat([text(1, name), bytes(2, bytes(1, tensor))]);
}
