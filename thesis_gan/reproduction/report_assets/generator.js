// A stored generator, computed here: a product, transposed convolutions, and what stands for batch norm.
// Why not a library: ONNX Runtime's web build is over 10 MB and loads its .wasm by a request, which a page opened by file://
// may not make; TensorFlow.js computes in 16 bits on many phones' WebGL, which is more than two grey levels off.
"use strict";

const Generator = (() => {
  const bytes = (text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0)).buffer;

  const halves = (buffer) =>
    Float32Array.from(new Uint16Array(buffer), (bits) => {
      const sign = bits & 0x8000 ? -1 : 1, exponent = (bits >> 10) & 31, fraction = bits & 1023;
      return exponent ? sign * 2 ** (exponent - 15) * (1 + fraction / 1024) : sign * 2 ** -24 * fraction;
    });

  const unpack = (stored) =>
    stored.layers.map((layer) => ({
      ...layer,
      weight: halves(bytes(layer.weight)),
      scale: new Float32Array(bytes(layer.scale)),
      shift: new Float32Array(bytes(layer.shift)),
    }));

  function dense({ weight, shape: [outputs, inputs] }, x) {
    const y = new Float32Array(outputs);
    for (let out = 0, at = 0; out < outputs; out++) {
      let sum = 0;
      for (let i = 0; i < inputs; i++) sum += weight[at++] * x[i];
      y[out] = sum;
    }
    return y;
  }

  // 4x4 kernel, stride 2, padding 1: (inputs, side, side) -> (outputs, 2 side, 2 side).
  function up({ weight, shape: [inputs, outputs] }, x) {
    const side = Math.round(Math.sqrt(x.length / inputs)), wide = 2 * side;
    const y = new Float32Array(outputs * wide * wide);
    for (let i = 0; i < inputs; i++)
      for (let out = 0; out < outputs; out++)
        for (let ky = 0; ky < 4; ky++)
          for (let kx = 0; kx < 4; kx++) {
            const w = weight[((i * outputs + out) * 4 + ky) * 4 + kx];
            const left = kx ? 0 : 1, right = kx === 3 ? side - 1 : side;
            for (let row = ky ? 0 : 1, last = ky === 3 ? side - 1 : side; row < last; row++) {
              const from = (i * side + row) * side, to = (out * wide + 2 * row - 1 + ky) * wide + kx - 1;
              for (let column = left; column < right; column++) y[to + 2 * column] += w * x[from + column];
            }
          }
    return y;
  }

  function finish({ scale, shift, activation }, y) {
    const size = y.length / scale.length;
    for (let map = 0, at = 0; map < scale.length; map++)
      for (let place = 0; place < size; place++, at++) {
        const value = scale[map] * y[at] + shift[map];
        y[at] = activation === "tanh" ? Math.tanh(value) : Math.max(0, value);
      }
    return y;
  }

  // z: numbers in [-1, 1].  condition: a number per class, one-hot or between two; none for a generator that is told none.
  // Returns bytes (channels, side, side).
  function draw(stored, z, condition = []) {
    stored.unpacked = stored.unpacked || unpack(stored);
    let x = Float32Array.from([...z, ...[...condition].flatMap((share) => Array(stored.repeats).fill(share))]);
    for (const layer of stored.unpacked) x = finish(layer, (layer.kind === "dense" ? dense : up)(layer, x));
    return Uint8ClampedArray.from(x, (value) => (value + 1) * 127.5);
  }

  return { draw };
})();
