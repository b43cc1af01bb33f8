// Tiles of T tokens times panels of 16 rows; an item does V rows of some panels, one after another, for one tile. The
// weights are decoded in the loop, once for T tokens. fma() and not a * b + c: that is what CPUs' compilers turn into
// their widest vectors. This file is compiled once for each T.
//   weights: panels from weights_panel on (weights.cl); tiles: what pack_tokens made
//   out: row r (0 is first_row) of token t at out_offset + t * out_stride + r; bias: by row of the weight
// Items: tiles x (groups of panels * 16 / V).
#define GEMM CAT(gemm_t, T)
#define EACH_TOKEN CAT(EACH_, T)

kernel void GEMM(global const uint *weights, int weights_panel, global const real *tiles, global float *out,
                 int out_offset, int out_stride, global const float *bias, int has_bias, int columns,
                 int first_panel, int panels, int panels_per_item, int first_row, int rows, int tokens) {
  const int tile = get_global_id(0);
  const int lane = get_global_id(1) % (16 / V) * V;
  const int begin = get_global_id(1) / (16 / V) * panels_per_item;
  const int end = min(begin + panels_per_item, panels);
  for (int i = begin; i < end; ++i) {
    const int panel = first_panel + i;
    global const uint *from = weights + (panel - weights_panel) * panel_words(columns);
    global const real *a = tiles + (size_t)tile * columns * T;
#define DECLARE(m) floatv c##m = 0;
    EACH_TOKEN(DECLARE)
#undef DECLARE
#if FP16
#define ADD(m) h##m += w * (realv)(a[m]);
#define BEGIN_SUMS(m) realv h##m = 0;
#define END_SUMS(m) c##m += REAL_TO_FLOAT(h##m);
#else
#define ADD(m) c##m = fma(w, (floatv)(a[m]), c##m);
#define BEGIN_SUMS(m)
#define END_SUMS(m)
#endif
#if BITS <= 8
    const int blocks = columns / 32;
    global const uint *codes = codes_of(from, blocks) + lane;
    for (int b = 0; b < blocks; ++b) {
      for (int h = 0; h < HALVES; ++h) {
        floatv scale, base;
        load_scale(from, blocks, b, h, lane, &scale, &base);
        EACH_TOKEN(BEGIN_SUMS)
        for (int p = 0; p < PLANES / HALVES; ++p, codes += 16) {
          const uintv word = VLOAD(0, codes);
#define STEP(j)                                            \
  {                                                        \
    const realv w = TO_REAL(fma(CODE(word, j), scale, base)); \
    EACH_TOKEN(ADD)                                        \
    a += T;                                                \
  }
          EACH_CODE(STEP)
#undef STEP
        }
        EACH_TOKEN(END_SUMS)
      }
    }
#else
    for (int c = 0; c < columns;) {
      EACH_TOKEN(BEGIN_SUMS)
      for (const int end_sums = min(c + 16, columns); c < end_sums; ++c, a += T) {
        const realv w = TO_REAL(WEIGHTS(from, c, lane));
        EACH_TOKEN(ADD)
      }
      EACH_TOKEN(END_SUMS)
    }
#endif
#undef ADD
#undef BEGIN_SUMS
#undef END_SUMS
    const int row = panel * 16 + lane - first_row;
    global float *to = out + out_offset + (size_t)tile * T * out_stride + row;
    const int left = tokens - tile * T;
    if (row >= 0 && row + V <= rows) {
      if (has_bias) {
        const floatv add = VLOAD(0, bias + first_row + row);
#define ADD_BIAS(m) c##m += add;
        EACH_TOKEN(ADD_BIAS)
#undef ADD_BIAS
      }
#define STORE(m) \
  if (m < left) VSTORE(c##m, 0, to + (size_t)m * out_stride);
      EACH_TOKEN(STORE)
#undef STORE
    } else {
      float lanes[V];
#define STORE(m)                                                                                      \
  if (m < left) {                                                                                     \
    VSTORE(c##m, 0, lanes);                                                                           \
    for (int l = 0; l < V; ++l) {                                                                     \
      if (row + l >= 0 && row + l < rows)                                                             \
        to[(size_t)m * out_stride + l] = lanes[l] + (has_bias ? bias[first_row + row + l] : 0.0f);    \
    }                                                                                                 \
  }
      EACH_TOKEN(STORE)
#undef STORE
    }
  }
}
#undef GEMM
#undef EACH_TOKEN
