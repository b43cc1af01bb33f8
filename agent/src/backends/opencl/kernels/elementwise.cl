// The small operations of a layer. A window is a rectangle of values: [rows, columns] from an offset with a
// stride, all in elements. Inputs and outputs may be the same memory. An item works through CHUNK columns of one row.

#define WINDOW_LOOP(VECTOR, SCALAR)                                    \
  const int row = get_global_id(1);                                    \
  int c = get_global_id(0) * CHUNK;                                    \
  const int end = min(c + CHUNK, columns);                             \
  a += a_offset + (size_t)row * a_stride;                              \
  b += b_offset + (size_t)row * b_stride;                              \
  out += out_offset + (size_t)row * out_stride;                        \
  for (; c + V <= end; c += V) {                                       \
    const floatv x = VLOAD(0, a + c);                                  \
    const floatv y = VLOAD(0, b + c);                                  \
    VSTORE(VECTOR, 0, out + c);                                        \
  }                                                                    \
  for (; c < end; ++c) {                                               \
    const float x = a[c];                                              \
    const float y = b[c];                                              \
    out[c] = SCALAR;                                                   \
  }

#define WINDOW_ARGUMENTS                                                                                   \
  global const float *a, int a_offset, int a_stride, global const float *b, int b_offset, int b_stride,    \
      global float *out, int out_offset, int out_stride, int columns

kernel void add(WINDOW_ARGUMENTS) { WINDOW_LOOP(x + y, x + y) }

kernel void swiglu(WINDOW_ARGUMENTS) { WINDOW_LOOP(x / (1.0f + exp_v(-x)) * y, x / (1.0f + exp_1(-x)) * y) }

// gelu(x) = x / (1 + exp(-2 u)) with u = sqrt(2 / pi) (x + 0.044715 x^3): the form by tanh, without it.
kernel void geglu(WINDOW_ARGUMENTS) {
  WINDOW_LOOP(x / (1.0f + exp_v(-x * fma(x * x, 0.0713548163f, 1.59576912f))) * y,
              x / (1.0f + exp_1(-x * fma(x * x, 0.0713548163f, 1.59576912f))) * y)
}

// cap * tanh(x / cap): `b` is not read.
kernel void softcap(WINDOW_ARGUMENTS, float cap) {
  WINDOW_LOOP(softcap_v(x, cap), softcap_1(x, cap))
}

// The last rows of a value: `b` is not read.
kernel void copy(WINDOW_ARGUMENTS) { WINDOW_LOOP(x, x) }

// Each row of [rows, columns] times 1 / sqrt(mean(x^2) + epsilon) times weight: [columns]. The input may be split.
// One work-group per row.
__attribute__((reqd_work_group_size(NORM_ITEMS, 1, 1))) SUB_GROUP_KERNEL void norm(
    global const float *in, int split, int all_rows, int first_row, global const float *weight, global float *out,
    int columns, float epsilon) {
#if SUBGROUPS
  SUB_GROUPS(NORM_ITEMS)
#endif
  local float sums[NORM_ITEMS];
  const size_t row = first_row + get_group_id(0);
  const int item = get_local_id(0);
  // Column c of the row is left[c] before the split, right[c] behind it.
  global const float *left = in + row * split;
  global const float *right = in + (size_t)all_rows * split + row * (columns - split) - split;
  out += row * columns;
  floatv squares = 0;
  float rest = 0;
  for (int c = item * V; c < columns; c += NORM_ITEMS * V) {
    if (c + V <= columns && (c + V <= split || c >= split)) {
      const floatv x = VLOAD(0, (c < split ? left : right) + c);
      squares = fma(x, x, squares);
    } else {
      for (int i = c; i < min(c + V, columns); ++i) {
        const float x = i < split ? left[i] : right[i];
        rest = fma(x, x, rest);
      }
    }
  }
  float lanes[V];
  VSTORE(squares, 0, lanes);
  for (int i = 0; i < V; ++i) rest += lanes[i];
#if SUBGROUPS
  rest = SUB_SUM(rest);
  if (SUB_ITEM == 0) sums[SUB_ID] = rest;
  const int parts = SUB_COUNT;
#else
  sums[item] = rest;
  const int parts = NORM_ITEMS;
#endif
  barrier(CLK_LOCAL_MEM_FENCE);
  float sum = 0;
  for (int i = 0; i < parts; ++i) sum += sums[i];
  const float factor = 1.0f / sqrt(sum / columns + epsilon);
  for (int c = item * V; c < columns; c += NORM_ITEMS * V) {
    if (c + V <= columns && (c + V <= split || c >= split)) {
      VSTORE(VLOAD(0, (c < split ? left : right) + c) * factor * VLOAD(0, weight + c), 0, out + c);
    } else {
      for (int i = c; i < min(c + V, columns); ++i) out[i] = (i < split ? left[i] : right[i]) * factor * weight[i];
    }
  }
}

// The same for each head of each row; the input may be split. Items: heads x rows.
kernel void head_norm(global const float *in, int split, int all_rows, int first_row, global const float *weight,
                      global float *out, int head_dim, float epsilon) {
  const int head = get_global_id(0);
  const int row = first_row + get_global_id(1);
  const int width = get_global_size(0) * head_dim;
  float sum = 0;
  for (int i = 0; i < head_dim; ++i) {
    const float x = in[split_index(row, head * head_dim + i, all_rows, width, split)];
    sum = fma(x, x, sum);
  }
  const float factor = 1.0f / sqrt(sum / head_dim + epsilon);
  out += (size_t)row * width + head * head_dim;
  for (int i = 0; i < head_dim; ++i) {
    const float x = in[split_index(row, head * head_dim + i, all_rows, width, split)];
    out[i] = x * factor * weight[i];
  }
}

// Rotary position embedding (Su et al. 2021). The angle of position p is that of 256 * (p / 256) plus that of
// p % 256: `coarse` and `fine` hold their cosines and sines, [positions][2][pairs], so that no angle is large.
// Items: heads x rows. INTERLEAVED: elements 2i and 2i + 1 rotate together, else i and i + pairs.
kernel void rope(global const float *in, int split, int all_rows, int first_row, global const float *coarse,
                 global const float *fine, global float *out, int head_dim, int pairs, int interleaved,
                 int first_position) {
  const int head = get_global_id(0);
  const int row = first_row + get_global_id(1);
  const int position = first_position + get_global_id(1);
  const int width = get_global_size(0) * head_dim;
  const int begin = head * head_dim;
  coarse += (size_t)(position / 256) * 2 * pairs;
  fine += (size_t)(position % 256) * 2 * pairs;
  out += (size_t)row * width + begin;
  for (int i = 0; i < pairs; ++i) {
    const int left = interleaved ? 2 * i : i;
    const int right = interleaved ? 2 * i + 1 : i + pairs;
    const float cosine = fma(coarse[i], fine[i], -coarse[pairs + i] * fine[pairs + i]);
    const float sine = fma(coarse[pairs + i], fine[i], coarse[i] * fine[pairs + i]);
    const float x = in[split_index(row, begin + left, all_rows, width, split)];
    const float y = in[split_index(row, begin + right, all_rows, width, split)];
    out[left] = x * cosine - y * sine;
    out[right] = x * sine + y * cosine;
  }
  for (int i = 2 * pairs; i < head_dim; ++i) out[i] = in[split_index(row, begin + i, all_rows, width, split)];
}

// Keys and values of some tokens into one layer of the cache (opencl_cache.h), as fp16. Items: kv heads x rows.
kernel void kv_append(global const float *k, int k_split, global const float *v, int v_split, int all_rows,
                      int first_row, global half *keys, global half *values, int head_dim, int padded_dim,
                      int capacity, int first_position) {
  const int head = get_global_id(0);
  const int row = first_row + get_global_id(1);
  const int position = first_position + get_global_id(1);
  const int width = get_global_size(0) * head_dim;
  keys += (size_t)head * capacity * head_dim + (size_t)(position / 16) * head_dim * 16 + position % 16;
  values += ((size_t)head * capacity + position) * padded_dim;
  for (int i = 0; i < head_dim; ++i) {
    vstore_half(k[split_index(row, head * head_dim + i, all_rows, width, k_split)], 0, keys + i * 16);
    vstore_half(v[split_index(row, head * head_dim + i, all_rows, width, v_split)], 0, values + i);
  }
}

// Rows of a matmul's input as tiles of T tokens: [tile][columns][T], zeros behind the last token.
// Items: columns / 16 (rounded up) x tiles.
kernel void pack_tokens(global const float *in, int in_offset, global real *tiles, int tokens, int columns, int T) {
  const int c0 = get_global_id(0) * 16;
  const int tile = get_global_id(1);
  tiles += (size_t)tile * columns * T;
  for (int m = 0; m < T; ++m) {
    const int token = tile * T + m;
    global const float *row = in + in_offset + (size_t)token * columns;
    for (int c = c0; c < min(c0 + 16, columns); ++c) tiles[(size_t)c * T + m] = (real)(token < tokens ? row[c] : 0.0f);
  }
}

// Tells the host that everything before it in the queue is done.
kernel void signal(global volatile ulong *flag, ulong number) {
  mem_fence(CLK_GLOBAL_MEM_FENCE);
  *flag = number;
}
