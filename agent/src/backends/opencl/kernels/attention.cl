// Causal attention by online softmax over blocks of the cache (Dao et al. 2022), T query rows at a time. The query
// heads of one kv head share its keys and values, so a row is one head of one token: row i is token i / GROUP, head
// i % GROUP. Prefill has many tiles of rows; decode has one and cuts the context into splits, which `combine` joins.
// This file is compiled once for each T, for one HEAD_DIM and GROUP. Cache: opencl_cache.h.
// Work-groups: tiles x kv heads x splits, of ATTENTION_ITEMS items.
#ifndef POSITIONS
#define POSITIONS 64  // Of the cache at a time; a multiple of 16.
#define PADDED_DIM ((HEAD_DIM + 15) / 16 * 16)

// Results of splits: per (kv head, row, split) maximum, sum, then HEAD_DIM sums of values.
#define PARTIAL (HEAD_DIM + 2)

// Items: HEAD_DIM x rows x kv heads.
kernel void combine(global const float *partial, global float *out, int out_offset, int rows, int splits) {
  const int d = get_global_id(0);
  const int row = get_global_id(1);
  const int kv = get_global_id(2);
  partial += ((size_t)kv * rows + row) * splits * PARTIAL;
  float most = -INFINITY;
  for (int s = 0; s < splits; ++s) most = fmax(most, partial[(size_t)s * PARTIAL]);
  float sum = 0, value = 0;
  for (int s = 0; s < splits; ++s) {
    global const float *from = partial + (size_t)s * PARTIAL;
    if (from[1] == 0) continue;  // It saw no position.
    const float factor = exp_1(from[0] - most);
    sum = fma(from[1], factor, sum);
    value = fma(from[2 + d], factor, value);
  }
  const int width = get_global_size(2) * GROUP * HEAD_DIM;
  out[out_offset + (size_t)(row / GROUP) * width + (kv * GROUP + row % GROUP) * HEAD_DIM + d] = value / sum;
}
#endif

#define EACH_ROW CAT(EACH_, T)

__attribute__((reqd_work_group_size(ATTENTION_ITEMS, 1, 1))) SUB_GROUP_KERNEL void CAT(attention_t, T)(
    global const float *queries, int in_offset, global const half *keys, global const half *values, int capacity,
    global float *out, int out_offset, global float *partial, int splits, int split_positions, int tokens,
    int first_position, int window, float scale, float cap) {
#if SUBGROUPS
  SUB_GROUPS(ATTENTION_ITEMS)
#endif
  local float q[HEAD_DIM * T];     // [d][row]
  local float p[T * POSITIONS];    // [row][position]
  local float o[T * PADDED_DIM];   // [row][d]
  local float most[T], sums[T], factors[T];
  const int item = get_local_id(0);
  const int tile = get_group_id(0);
  const int kv = get_group_id(1);
  const int split = get_group_id(2);
  const int rows = tokens * GROUP;
  const int width = get_num_groups(1) * GROUP * HEAD_DIM;
  keys += (size_t)kv * capacity * HEAD_DIM;
  values += (size_t)kv * capacity * PADDED_DIM;
  for (int i = item; i < T * HEAD_DIM; i += ATTENTION_ITEMS) {
    const int row = tile * T + i / HEAD_DIM;
    const int d = i % HEAD_DIM;
    const size_t at = (size_t)(row / GROUP) * width + (kv * GROUP + row % GROUP) * HEAD_DIM + d;
    q[d * T + i / HEAD_DIM] = row < rows ? queries[in_offset + at] * scale : 0.0f;
  }
  for (int i = item; i < T * PADDED_DIM; i += ATTENTION_ITEMS) o[i] = 0;
  for (int r = item; r < T; r += ATTENTION_ITEMS) {
    most[r] = -INFINITY;
    sums[r] = 0;
  }
  barrier(CLK_LOCAL_MEM_FENCE);
  const int last_row = min(tile * T + T, rows) - 1;
  // The first row of the tile sees the earliest position. A window of 0 is no window.
  const int earliest = window == 0 ? 0 : max(first_position + tile * T / GROUP + 1 - window, 0);
  const int begin = earliest / POSITIONS * POSITIONS + split * split_positions;
  const int end = min(begin + split_positions, first_position + last_row / GROUP + 1);
  for (int from = begin; from < end; from += POSITIONS) {
    for (int u = item; u < POSITIONS / V; u += ATTENTION_ITEMS) {
      const int position = from + u * V;
      global const half *key = keys + (size_t)(position / 16) * HEAD_DIM * 16 + position % 16;
#define DECLARE(m) floatv c##m = 0;
      EACH_ROW(DECLARE)
#undef DECLARE
      for (int d = 0; d < HEAD_DIM; ++d) {
        const floatv k = VLOAD_HALF(0, key + d * 16);
        local const float *x = q + d * T;
#define ADD(m) c##m = fma(k, (floatv)(x[m]), c##m);
        EACH_ROW(ADD)
#undef ADD
      }
#define STORE(m) VSTORE(c##m, 0, p + m * POSITIONS + u * V);
      EACH_ROW(STORE)
#undef STORE
    }
    barrier(CLK_LOCAL_MEM_FENCE);
#if SUBGROUPS
    // A sub-group has a row: its items take turns at the positions. All come to each sum, with a row or without.
    for (int first = 0; first < T; first += SUB_COUNT) {
      const int r = first + SUB_ID;
      const int behind = first_position + (tile * T + r) / GROUP + 1 - from;
      const int seen = r < T ? clamp(behind, 0, POSITIONS) : 0;
      const int hidden = window == 0 ? 0 : clamp(behind - window, 0, POSITIONS);
      local float *row = p + (r < T ? r : 0) * POSITIONS;
      const float before = r < T ? most[r] : -INFINITY;
      float largest = -INFINITY;
      // Each item reads and writes the positions that it takes in the second turn, too.
      for (int i = SUB_ITEM; i < seen; i += SUB_SIZE) {
        if (cap > 0) row[i] = softcap_1(row[i], cap);
        if (i >= hidden) largest = fmax(largest, row[i]);
      }
      const float now = fmax(before, SUB_MAX(largest));
      const float shift = now == -INFINITY ? 0.0f : now;
      float sum = 0;
      if (r < T) {
        for (int i = SUB_ITEM; i < POSITIONS; i += SUB_SIZE) {
          const float e = i >= hidden && i < seen ? exp_1(row[i] - shift) : 0.0f;
          sum += e;
          row[i] = e;
        }
      }
      sum = SUB_SUM(sum);
      if (r < T && SUB_ITEM == 0) {
        factors[r] = exp_1(before - shift);
        sums[r] = fma(sums[r], factors[r], sum);
        most[r] = now;
      }
    }
#else
    for (int r = item; r < T; r += ATTENTION_ITEMS) {
      // Positions that this row sees: at most its own, and those of its window.
      const int behind = first_position + (tile * T + r) / GROUP + 1 - from;
      const int seen = clamp(behind, 0, POSITIONS);
      const int hidden = window == 0 ? 0 : clamp(behind - window, 0, POSITIONS);
      local float *row = p + r * POSITIONS;
      if (cap > 0) {
        for (int i = 0; i < POSITIONS; i += V) VSTORE(softcap_v(VLOAD(0, row + i), cap), 0, row + i);
      }
      for (int i = 0; i < hidden; ++i) row[i] = -INFINITY;
      for (int i = seen; i < POSITIONS; ++i) row[i] = -INFINITY;
      floatv largest = VLOAD(0, row);
      for (int i = V; i < POSITIONS; i += V) largest = fmax(largest, VLOAD(0, row + i));
      float lanes[V];
      VSTORE(largest, 0, lanes);
      float now = most[r];
      for (int i = 0; i < V; ++i) now = fmax(now, lanes[i]);
      const float shift = now == -INFINITY ? 0.0f : now;
      floatv sum = 0;
      for (int i = 0; i < POSITIONS; i += V) {
        const floatv e = exp_v(VLOAD(0, row + i) - shift);
        sum += e;
        VSTORE(e, 0, row + i);
      }
      VSTORE(sum, 0, lanes);
      float total = 0;
      for (int i = 0; i < V; ++i) total += lanes[i];
      factors[r] = exp_1(most[r] - shift);
      sums[r] = fma(sums[r], factors[r], total);
      most[r] = now;
    }
#endif
    barrier(CLK_LOCAL_MEM_FENCE);
    const int count = min(POSITIONS, end - from);
    for (int u = item; u < PADDED_DIM / V; u += ATTENTION_ITEMS) {
#define LOAD(m) floatv c##m = VLOAD(0, o + m * PADDED_DIM + u * V) * factors[m];
      EACH_ROW(LOAD)
#undef LOAD
      global const half *value = values + (size_t)from * PADDED_DIM + u * V;
      for (int i = 0; i < count; ++i) {
        const floatv x = VLOAD_HALF(0, value + (size_t)i * PADDED_DIM);
#define ADD(m) c##m = fma(x, (floatv)(p[m * POSITIONS + i]), c##m);
        EACH_ROW(ADD)
#undef ADD
      }
#define STORE(m) VSTORE(c##m, 0, o + m * PADDED_DIM + u * V);
      EACH_ROW(STORE)
#undef STORE
    }
    barrier(CLK_LOCAL_MEM_FENCE);
  }
  for (int i = item; i < T * HEAD_DIM; i += ATTENTION_ITEMS) {
    const int r = i / HEAD_DIM;
    const int d = i % HEAD_DIM;
    const int row = tile * T + r;
    if (row >= rows) continue;
    if (splits == 1) {
      const size_t at = (size_t)(row / GROUP) * width + (kv * GROUP + row % GROUP) * HEAD_DIM + d;
      out[out_offset + at] = o[r * PADDED_DIM + d] / sums[r];
    } else {
      global float *to = partial + (((size_t)kv * rows + row) * splits + split) * PARTIAL;
      if (d == 0) {
        to[0] = most[r];
        to[1] = sums[r];
      }
      to[2 + d] = o[r * PADDED_DIM + d];
    }
  }
}
#undef EACH_ROW
