// One token: a work-group sums the 16 rows of a panel, V in each item, K_ITEMS items taking turns at the blocks.
// Arguments as for gemm (gemm.cl); `x` is the token itself.
__attribute__((reqd_work_group_size(16 / V, K_ITEMS, 1))) kernel void gemv(
    global const uint *weights, int weights_panel, global const float *x, int x_offset, global float *out,
    int out_offset, global const float *bias, int has_bias, int columns, int first_panel, int first_row,
    int rows) {
  const int item = get_local_id(1);
  const int panel = first_panel + get_group_id(0);
  const int lane = get_local_id(0) * V;
  global const uint *from = weights + (panel - weights_panel) * panel_words(columns);
  floatv total = 0;
  x += x_offset;
#if BITS <= 8
  const int blocks = columns / 32;
  for (int b = item; b < blocks; b += K_ITEMS) {
    global const uint *codes = codes_of(from, blocks) + (size_t)b * CODE_WORDS + lane;
    global const float *a = x + b * 32;
    for (int h = 0; h < HALVES; ++h) {
      floatv scale, base, even = 0, odd = 0;
      load_scale(from, blocks, b, h, lane, &scale, &base);
      for (int p = 0; p < PLANES / HALVES; ++p, codes += 16, a += PLANE_COLUMNS) {
        const uintv word = VLOAD(0, codes);
        PREFETCH(codes + 2048);
#define STEP(j)                                       \
  if (j & 1)                                          \
    odd = fma(CODE(word, j), (floatv)(a[j]), odd);    \
  else                                                \
    even = fma(CODE(word, j), (floatv)(a[j]), even);
        EACH_CODE(STEP)
#undef STEP
      }
      total = fma(even + odd, scale, total);
#if HAS_BASE
      float8 sums = vload8(0, a - 8) + vload8(0, a - 16);
      if (HALVES == 1) sums += vload8(0, a - 24) + vload8(0, a - 32);
      const float4 four = sums.lo + sums.hi;
      total = fma((floatv)((four.x + four.y) + (four.z + four.w)), base, total);
#endif
    }
  }
#else
  floatv other = 0;
  int c = item * 2;
  for (; c + 1 < columns; c += K_ITEMS * 2) {
    PREFETCH((global const uint *)from + (size_t)c * (BITS == 32 ? 16 : 8) + 2048);
    total = fma(WEIGHTS(from, c, lane), (floatv)(x[c]), total);
    other = fma(WEIGHTS(from, c + 1, lane), (floatv)(x[c + 1]), other);
  }
  if (c < columns) total = fma(WEIGHTS(from, c, lane), (floatv)(x[c]), total);
  total += other;
#endif
#if K_ITEMS > 1
  local floatv totals[K_ITEMS][16 / V];
  totals[item][get_local_id(0)] = total;
  barrier(CLK_LOCAL_MEM_FENCE);
  if (item > 0) return;
  for (int i = 1; i < K_ITEMS; ++i) total += totals[i][get_local_id(0)];
#endif
  float lanes[V];
  VSTORE(total, 0, lanes);
  for (int i = 0; i < V; ++i) {
    const int row = panel * 16 + lane + i - first_row;
    if (row >= 0 && row < rows) out[out_offset + row] = lanes[i] + (has_bias ? bias[first_row + row] : 0.0f);
  }
}
