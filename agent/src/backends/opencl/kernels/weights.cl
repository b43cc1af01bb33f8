// How weights lie on the device (format.h says which tensor type takes which form), and how V of a panel's rows are
// read. A panel is 16 rows. Floats: [columns][16 rows]. Quantised: blocks of 32 columns,
//   of K-quants the scales of each 8 blocks; then the blocks' scales; then the codes, words [blocks][planes][16 rows]:
//   a word has 8 consecutive columns of 4 bits (byte i: column i in the low nibble, column i + 4 in the high one) or 4
//   consecutive columns of 8 bits. Codes come last so that reading ahead of them meets the next panel's scales.
// A weight is code * scale + base, exact up to one rounding to fp32.
#define SCALES_HALF 0         // block: fp16 scale[16]. base = -OFFSET * scale
#define SCALES_HALF_MIN 1     // block: fp16 scale[16], fp16 minimum[16]. base = minimum
#define SCALES_SUPER_16 2     // 8 blocks: fp16 d[16]; block: int8 s[2][16], one for each 16 columns. scale = d * s
#define SCALES_SUPER_MIN_32 3 // 8 blocks: fp16 d[16], dmin[16]; block: uint8 s[16], m[16]. base = -dmin * m
#define SCALES_SUPER_MIN_16 4 // the same, block: uint8 [2][16] with s in the low nibble and m in the high one

#if BITS <= 8
#define CODE_WORDS (BITS * 16)
#define PLANES BITS
#define PLANE_COLUMNS (32 / PLANES)
#define SCALE_WORDS (SCALES == SCALES_HALF_MIN ? 16 : 8)
#define HEADER_WORDS (SCALES < SCALES_SUPER_16 ? 0 : SCALES == SCALES_SUPER_16 ? 8 : 16)
#define HALVES ((SCALES == SCALES_SUPER_16 || SCALES == SCALES_SUPER_MIN_16) ? 2 : 1)
#define HAS_BASE (OFFSET != 0 || SCALES == SCALES_HALF_MIN || SCALES >= SCALES_SUPER_MIN_32)

inline size_t panel_words(int columns) {
  return (size_t)(columns / 32) * (CODE_WORDS + SCALE_WORDS) + (size_t)(columns / 256) * HEADER_WORDS;
}

// Where the codes begin.
inline global const uint *codes_of(global const uint *panel, int blocks) {
  return panel + (blocks / 8) * HEADER_WORDS + (size_t)blocks * SCALE_WORDS;
}

#define BYTES(from) TO_FLOAT(CAT(vload, V)(0, from))
#define LOW_NIBBLES(from) TO_FLOAT(CAT(vload, V)(0, from) & (CAT(uchar, V))(15))
#define HIGH_NIBBLES(from) TO_FLOAT(CAT(vload, V)(0, from) >> (CAT(uchar, V))(4))

// Scale and base of rows [lane, lane + V) in one half (or all) of a block.
inline void load_scale(global const uint *panel, int blocks, int block, int half_block, int lane, floatv *scale,
                       floatv *base) {
  global const uint *headers = panel + (block / 8) * HEADER_WORDS;
  global const uint *scales = panel + (blocks / 8) * HEADER_WORDS + (size_t)block * SCALE_WORDS;
#if SCALES == SCALES_HALF
  *scale = VLOAD_HALF(0, (global const half *)scales + lane);
  *base = *scale * (float)-OFFSET;
#elif SCALES == SCALES_HALF_MIN
  *scale = VLOAD_HALF(0, (global const half *)scales + lane);
  *base = VLOAD_HALF(0, (global const half *)scales + 16 + lane);
#elif SCALES == SCALES_SUPER_16
  *scale = VLOAD_HALF(0, (global const half *)headers + lane) *
           BYTES((global const char *)scales + 16 * half_block + lane);
  *base = *scale * (float)-OFFSET;
#else
  const floatv d = VLOAD_HALF(0, (global const half *)headers + lane);
  const floatv minimum = VLOAD_HALF(0, (global const half *)headers + 16 + lane);
#if SCALES == SCALES_SUPER_MIN_32
  *scale = d * BYTES((global const uchar *)scales + lane);
  *base = -minimum * BYTES((global const uchar *)scales + 16 + lane);
#else
  *scale = d * LOW_NIBBLES((global const uchar *)scales + 16 * half_block + lane);
  *base = -minimum * HIGH_NIBBLES((global const uchar *)scales + 16 * half_block + lane);
#endif
#endif
}

// Codes of column j of a word's columns.
#if BITS == 4
#define SHIFT(j) ((j) < 4 ? 8 * (j) : 8 * (j) - 28)
#define CODE(word, j) TO_FLOAT(CAT(as_int, V)(((word) >> (uintv)(SHIFT(j))) & (uintv)(15)))
#define EACH_CODE(X) X(0) X(1) X(2) X(3) X(4) X(5) X(6) X(7)
#elif SIGNED
#define CODE(word, j) TO_FLOAT(CAT(as_int, V)((word) << (uintv)(24 - 8 * (j))) >> (intv)(24))
#define EACH_CODE(X) X(0) X(1) X(2) X(3)
#else
#define CODE(word, j) TO_FLOAT(CAT(as_int, V)(((word) >> (uintv)(8 * (j))) & (uintv)(255)))
#define EACH_CODE(X) X(0) X(1) X(2) X(3)
#endif

// One weight, for the embedding.
inline float weight_at(global const uint *panel, int columns, int column, int row) {
  const int block = column / 32;
  const int in_block = column % 32;
  const uint word = codes_of(panel, columns / 32)[(size_t)block * CODE_WORDS + in_block / PLANE_COLUMNS * 16 + row];
  const int j = in_block % PLANE_COLUMNS;
#if BITS == 4
  const float code = (float)((word >> SHIFT(j)) & 15);
#elif SIGNED
  const float code = (float)((int)(word << (24 - 8 * j)) >> 24);
#else
  const float code = (float)((word >> (8 * j)) & 255);
#endif
  floatv scale, base;
  load_scale(panel, columns / 32, block, in_block / 16, row / V * V, &scale, &base);
  float scales[V], bases[V];
  VSTORE(scale, 0, scales);
  VSTORE(base, 0, bases);
  return fma(code, scales[row % V], bases[row % V]);
}

#else  // Floats
#if BITS == 32
#define WEIGHTS(panel, column, lane) VLOAD(0, (global const float *)(panel) + (size_t)(column) * 16 + (lane))
#elif BITS == 16
#define WEIGHTS(panel, column, lane) VLOAD_HALF(0, (global const half *)(panel) + (size_t)(column) * 16 + (lane))
#else  // bf16 is the upper half of an fp32.
#define WEIGHTS(panel, column, lane)                                                                     \
  CAT(as_float, V)(CAT(convert_uint, V)(VLOAD(0, (global const ushort *)(panel) + (size_t)(column) * 16 + \
                                                     (lane))) << (uintv)(16))
#endif

inline size_t panel_words(int columns) { return (size_t)columns * (BITS == 32 ? 16 : 8); }

inline float weight_at(global const uint *panel, int columns, int column, int row) {
  float lanes[V];
  VSTORE(WEIGHTS(panel, column, row / V * V), 0, lanes);
  return lanes[row % V];
}
#endif

// Rows of the embedding table, scaled. Items: columns / 32 (rounded up) x tokens.
kernel void embed(global const int *ids, global const uint *weights, global float *out, int out_offset,
                  int columns, int first_token, float scale) {
  const int token = get_global_id(1);
  const int row = ids[first_token + token];
  global const uint *panel = weights + (row / 16) * panel_words(columns);
  const int begin = get_global_id(0) * 32;
  out += out_offset + (size_t)token * columns;
  for (int c = begin; c < min(begin + 32, columns); ++c) out[c] = weight_at(panel, columns, c, row % 16) * scale;
}
