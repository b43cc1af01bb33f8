// How a gemv ends: the items of a work-group, which took turns at the blocks, put their sums of rows together, and the 16
// rows of the panel are written. The kernel's arguments, `panel`, `lane` and `total` are in scope.
inline void store_row(float sum, int row, global float *out, int out_offset, global const float *bias, int has_bias,
                      int first_row, int rows) {
  if (row >= 0 && row < rows) out[out_offset + row] = sum + (has_bias ? bias[first_row + row] : 0.0f);
}

#define GEMV_ITEMS (K_ITEMS * 16 / V)
#if K_ITEMS > 1 && SUBGROUPS
// Each sub-group sums what its items have of each row, whichever items it holds.
#define GEMV_MEMORY       \
  SUB_GROUPS(GEMV_ITEMS)  \
  local float totals[GEMV_ITEMS][16];
#define GEMV_END                                                                                            \
  {                                                                                                         \
    float lanes[V];                                                                                         \
    VSTORE(total, 0, lanes);                                                                                \
    for (int r = 0; r < 16; ++r) {                                                                          \
      const float sum = SUB_SUM(r / V * V == lane ? lanes[r % V] : 0.0f);                                   \
      if (SUB_ITEM == 0) totals[SUB_ID][r] = sum;                                                           \
    }                                                                                                       \
    barrier(CLK_LOCAL_MEM_FENCE);                                                                           \
    for (int r = get_local_id(1) * (16 / V) + get_local_id(0); r < 16; r += GEMV_ITEMS) {                   \
      float sum = totals[0][r];                                                                             \
      for (int s = 1; s < SUB_COUNT; ++s) sum += totals[s][r];                                              \
      store_row(sum, panel * 16 + r - first_row, out, out_offset, bias, has_bias, first_row, rows);         \
    }                                                                                                       \
  }
#else
#if K_ITEMS > 1
#define GEMV_MEMORY local floatv totals[K_ITEMS][16 / V];
#define GEMV_JOIN                                  \
  totals[get_local_id(1)][get_local_id(0)] = total; \
  barrier(CLK_LOCAL_MEM_FENCE);                    \
  if (get_local_id(1) > 0) return;                 \
  for (int i = 1; i < K_ITEMS; ++i) total += totals[i][get_local_id(0)];
#else
#define GEMV_MEMORY
#define GEMV_JOIN
#endif
#define GEMV_END                                                                                               \
  {                                                                                                            \
    GEMV_JOIN                                                                                                  \
    float lanes[V];                                                                                            \
    VSTORE(total, 0, lanes);                                                                                   \
    for (int i = 0; i < V; ++i)                                                                                \
      store_row(lanes[i], panel * 16 + lane + i - first_row, out, out_offset, bias, has_bias, first_row, rows); \
  }
#endif

// One token: a work-group sums the 16 rows of a panel, V in each item, K_ITEMS items taking turns at the blocks.
// Arguments as for gemm (gemm.cl); `x` is the token itself.
__attribute__((reqd_work_group_size(16 / V, K_ITEMS, 1))) SUB_GROUP_KERNEL void gemv(
    global const uint *weights, int weights_panel, global const float *x, int x_offset, global float *out,
    int out_offset, global const float *bias, int has_bias, int columns, int first_panel, int first_row,
    int rows) {
  GEMV_MEMORY
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
  GEMV_END
}
