// Reads ggml's block layouts (ggml-common.h and ggml-quants.c of llama.cpp describe them).
#include <cstring>

#include "backends/cpu/pack_block.h"

namespace tandem::cpu {
namespace {

uint8_t byte_at(const std::byte* from, int64_t index) { return static_cast<uint8_t>(from[index]); }

uint16_t half_at(const std::byte* from) {
  uint16_t value;
  std::memcpy(&value, from, sizeof value);
  return value;
}

// 16 bytes whose low nibbles are weights 0 to 15 and whose high nibbles are 16 to 31.
void read_nibbles(const std::byte* from, uint8_t* q) {
  for (int i = 0; i < 16; ++i) {
    q[i] = byte_at(from, i) & 15;
    q[i + 16] = byte_at(from, i) >> 4;
  }
}

void add_fifth_bits(const std::byte* from, uint8_t* q) {
  uint32_t bits;
  std::memcpy(&bits, from, sizeof bits);
  for (int i = 0; i < kBlock; ++i) q[i] |= static_cast<uint8_t>(((bits >> i) & 1) << 4);
}

// Q4_K and Q5_K: 8 scales and 8 minimums of 6 bits in 12 bytes.
void read_six_bit_pair(const std::byte* from, int64_t sub, uint8_t& scale, uint8_t& min) {
  if (sub < 4) {
    scale = byte_at(from, sub) & 63;
    min = byte_at(from, sub + 4) & 63;
  } else {
    scale = static_cast<uint8_t>((byte_at(from, sub + 4) & 15) | (byte_at(from, sub - 4) >> 6 << 4));
    min = static_cast<uint8_t>((byte_at(from, sub + 4) >> 4) | (byte_at(from, sub) >> 6 << 4));
  }
}

// Q3_K: 16 scales of 6 bits in 12 bytes, 32 too large.
uint8_t read_six_bit_scale(const std::byte* from, int64_t index) {
  const int low = index < 8 ? byte_at(from, index) & 15 : byte_at(from, index - 8) >> 4;
  const int high = (byte_at(from, 8 + index % 4) >> (2 * (index / 4))) & 3;
  return static_cast<uint8_t>((low | high << 4) - 32);
}

// Two-bit weights of Q2_K and Q3_K: 64 bytes, 4 blocks of 32 per half of them.
void read_two_bits(const std::byte* from, int64_t sub, uint8_t* q) {
  for (int i = 0; i < kBlock; ++i) q[i] = (byte_at(from, sub / 4 * 32 + i) >> (2 * (sub % 4))) & 3;
}

void read_q2_k(const std::byte* from, int64_t sub, BlockValues& out) {
  read_two_bits(from + 16, sub, out.q);
  for (int half = 0; half < 2; ++half) {
    out.sub[half] = byte_at(from, 2 * sub + half) & 15;
    out.sub_min[half] = byte_at(from, 2 * sub + half) >> 4;
  }
  out.scale = half_at(from + 80);
  out.min = half_at(from + 82);
}

void read_q3_k(const std::byte* from, int64_t sub, BlockValues& out) {
  read_two_bits(from + 32, sub, out.q);
  for (int i = 0; i < kBlock; ++i) out.q[i] |= static_cast<uint8_t>(((byte_at(from, i) >> sub) & 1) << 2);
  for (int half = 0; half < 2; ++half) out.sub[half] = read_six_bit_scale(from + 96, 2 * sub + half);
  out.scale = half_at(from + 108);
}

void read_q4_k(const std::byte* from, int64_t sub, const std::byte* nibbles, BlockValues& out) {
  for (int i = 0; i < kBlock; ++i) {
    out.q[i] = (byte_at(nibbles, sub / 2 * 32 + i) >> (4 * (sub % 2))) & 15;
  }
  read_six_bit_pair(from + 4, sub, out.sub[0], out.sub_min[0]);
  out.sub[1] = out.sub[0];
  out.sub_min[1] = out.sub_min[0];
  out.scale = half_at(from);
  out.min = half_at(from + 2);
}

void read_q5_k(const std::byte* from, int64_t sub, BlockValues& out) {
  read_q4_k(from, sub, from + 48, out);
  for (int i = 0; i < kBlock; ++i)
    out.q[i] |= static_cast<uint8_t>(((byte_at(from, 16 + i) >> sub) & 1) << 4);
}

void read_q6_k(const std::byte* from, int64_t sub, BlockValues& out) {
  const int64_t half_of_block = sub / 4;
  const int64_t part = sub % 4;
  for (int i = 0; i < kBlock; ++i) {
    const int low = (byte_at(from, 64 * half_of_block + 32 * (part % 2) + i) >> (4 * (part / 2))) & 15;
    const int high = (byte_at(from, 128 + 32 * half_of_block + i) >> (2 * part)) & 3;
    out.q[i] = static_cast<uint8_t>(low | high << 4);
  }
  for (int half = 0; half < 2; ++half) out.sub[half] = byte_at(from, 192 + 2 * sub + half);
  out.scale = half_at(from + 208);
}

}  // namespace

void read_source_block(Format format, const std::byte* row, int64_t block, BlockValues& values) {
  const int64_t super = block / 8;
  const int64_t sub = block % 8;
  const std::byte* from = row;
  switch (format) {
    case kQ4_0:
      from += block * 18;
      values.scale = half_at(from);
      return read_nibbles(from + 2, values.q);
    case kQ4_1:
      from += block * 20;
      values.scale = half_at(from);
      values.min = half_at(from + 2);
      return read_nibbles(from + 4, values.q);
    case kQ5_0:
      from += block * 22;
      values.scale = half_at(from);
      read_nibbles(from + 6, values.q);
      return add_fifth_bits(from + 2, values.q);
    case kQ5_1:
      from += block * 24;
      values.scale = half_at(from);
      values.min = half_at(from + 2);
      read_nibbles(from + 8, values.q);
      return add_fifth_bits(from + 4, values.q);
    case kQ8_0:
      from += block * 34;
      values.scale = half_at(from);
      for (int i = 0; i < kBlock; ++i) values.q[i] = byte_at(from, 2 + i) ^ 0x80;
      return;
    case kQ2_K:
      return read_q2_k(from + super * 84, sub, values);
    case kQ3_K:
      return read_q3_k(from + super * 110, sub, values);
    case kQ4_K:
      return read_q4_k(from + super * 144, sub, from + super * 144 + 16, values);
    case kQ5_K:
      return read_q5_k(from + super * 176, sub, values);
    case kQ6_K:
      return read_q6_k(from + super * 210, sub, values);
    case kFormats:
      return;
  }
}

}  // namespace tandem::cpu
