// gemv (gemv.cl) of a token in 8-bit codes (quantize.cl) by integer dot products of four codes at once. DOT 1: the device's
// own (cl_khr_integer_dot_product). DOT 2: the same written out, for tests where there is none.
#if DOT == 1
#pragma OPENCL EXTENSION cl_khr_integer_dot_product : enable
#define DOT_SIGNED(w, x) dot_4x8packed_ss_int(w, x)
#define DOT_UNSIGNED(w, x) dot_4x8packed_us_int(w, x)
#else
inline int DOT_SIGNED(uint w, uint x) {
  const int4 p = convert_int4(as_char4(w)) * convert_int4(as_char4(x));
  return p.x + p.y + p.z + p.w;
}
inline int DOT_UNSIGNED(uint w, uint x) {
  const int4 p = convert_int4(as_uchar4(w)) * convert_int4(as_char4(x));
  return p.x + p.y + p.z + p.w;
}
#endif

// Adds the products of a word's codes to `sum`, and goes on in the token.
#if BITS == 4
#define ADD_WORD(sum, word, x)                       \
  sum += DOT_UNSIGNED((word) & 0x0f0f0f0fu, (x)[0]); \
  sum += DOT_UNSIGNED(((word) >> 4) & 0x0f0f0f0fu, (x)[1]);
#define TOKEN_WORDS 2
#elif SIGNED
#define ADD_WORD(sum, word, x) sum += DOT_SIGNED(word, (x)[0]);
#define TOKEN_WORDS 1
#else
#define ADD_WORD(sum, word, x) sum += DOT_UNSIGNED(word, (x)[0]);
#define TOKEN_WORDS 1
#endif

__attribute__((reqd_work_group_size(16 / V, K_ITEMS, 1))) SUB_GROUP_KERNEL void gemv_dot(
    global const uint *weights, int weights_panel, global const uint *x, int x_offset, global float *out,
    int out_offset, global const float *bias, int has_bias, int columns, int first_panel, int first_row,
    int rows) {
  GEMV_MEMORY
  const int panel = first_panel + get_group_id(0);
  const int lane = get_local_id(0) * V;
  global const uint *from = weights + (panel - weights_panel) * panel_words(columns);
  const int blocks = columns / 32;
  floatv total = 0;
  x += x_offset;
  for (int b = get_local_id(1); b < blocks; b += K_ITEMS) {
    global const uint *codes = codes_of(from, blocks) + (size_t)b * CODE_WORDS + lane;
    global const uint *token = x + (size_t)b * 12;
    const float token_scale = as_float(token[8]);
    const float token_sums[2] = {as_float(token[9]), as_float(token[10])};
    for (int h = 0; h < HALVES; ++h) {
      floatv scale, base;
      load_scale(from, blocks, b, h, lane, &scale, &base);
      int sums[V];
      for (int i = 0; i < V; ++i) sums[i] = 0;
      for (int p = 0; p < PLANES / HALVES; ++p, codes += 16, token += TOKEN_WORDS) {
        uint words[V];
        VSTORE(VLOAD(0, codes), 0, words);
        PREFETCH(codes + 2048);
        for (int i = 0; i < V; ++i) {
          ADD_WORD(sums[i], words[i], token)
        }
      }
      total = fma(TO_FLOAT(VLOAD(0, sums)), scale * token_scale, total);
#if HAS_BASE
      total = fma((floatv)(HALVES == 1 ? token_sums[0] + token_sums[1] : token_sums[h]), base, total);
#endif
    }
  }
  GEMV_END
}
