// A token as 8-bit codes, for integer dot products: blocks of 32 columns, 12 words each: 8 words of 4 codes, the scale, the
// sums of the first and of the last 16 codes times the scale, nothing. A value that is no number makes its scale none.
// Items: columns / 32.
kernel void quantize_token(global const float *in, int in_offset, global uint *out, int columns) {
  const int block = get_global_id(0);
  if (block >= columns / 32) return;
  in += in_offset + (size_t)block * 32;
  out += (size_t)block * 12;
  float most = 0, none = 0;
  for (int i = 0; i < 32; ++i) {
    most = fmax(most, fabs(in[i]));
    none += in[i] * 0.0f;
  }
  const float scale = most / 127.0f + none;
  const float inverse = most > 0 ? 127.0f / most : 0.0f;
  for (int h = 0; h < 2; ++h) {
    int sum = 0;
    for (int w = 0; w < 4; ++w) {
      uint word = 0;
      for (int i = 0; i < 4; ++i) {
        const int code = (int)rint(in[h * 16 + w * 4 + i] * inverse);
        sum += code;
        word |= (uint)(code & 255) << (8 * i);
      }
      out[h * 4 + w] = word;
    }
    out[9 + h] = as_uint((float)sum * scale);
  }
  out[8] = as_uint(scale);
}
