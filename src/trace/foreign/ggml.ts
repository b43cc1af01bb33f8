// What ggml calls its ops and tensors, in the words of our traces.

const kinds: readonly (readonly [RegExp, string])[] = [
  [/mul_?mat|mul_mv|mul_mm|gemm|gemv|matmul/i, "matmul"],
  [/flash_?attn|soft_?max|attention/i, "attention"],
  [/rope/i, "rope"],
  [/norm/i, "norm"],
  [/set_rows|cpy|cont|dup|concat/i, "kv_append"],
  [/get_rows/i, "embed"],
  [/silu|gelu|relu|swiglu|glu|tanh|sigmoid/i, "activation"],
  [/add|mul|sub|div|scale|sum/i, "add"],
];

/** Kind of work of a ggml op or kernel: `MUL_MAT`, `kernel_mul_mat_q4_0_f32`; `other` where the name does not say. */
export function kindOfGgmlOp(name: string): string {
  return kinds.find(([pattern]) => pattern.test(name))?.[1] ?? "other";
}

/** `blk.3.Qcur` of the tensor `Qcur-3`: ggml appends the layer's number. Other names stay. */
export function nameOfTensor(name: string): string {
  const match = /^(.+)-(\d{1,4})(?: \(.*\))?$/.exec(name);
  return match === null ? name : `blk.${match[2] ?? ""}.${match[1] ?? ""}`;
}
