#include "backends/cpu/pack_block.h"

#include <cstring>

#include "tensor/half.h"

namespace tandem::cpu {
namespace {

bool has_super(Scales scales) { return scales >= Scales::kSuper16; }

int planes_bytes(const PackedFormat& format) { return format.bits * 64; }
int block_bytes(const PackedFormat& format) {
  return planes_bytes(format) + (format.scales == Scales::kHalfMin ? 64 : 32);
}
int header_bytes(const PackedFormat& format) {
  if (!has_super(format.scales)) return 0;
  return format.scales == Scales::kSuper16 ? 32 : 64;
}

int64_t block_offset(const PackedFormat& format, int64_t block) {
  return (block / 8 + 1) * header_bytes(format) + block * block_bytes(format);
}
int64_t header_offset(const PackedFormat& format, int64_t block) {
  return block / 8 * (header_bytes(format) + 8 * block_bytes(format));
}

uint32_t load_word(const uint8_t* from) {
  uint32_t word;
  std::memcpy(&word, from, sizeof word);
  return word;
}
void store_word(uint8_t* to, uint32_t word) { std::memcpy(to, &word, sizeof word); }
void add_word(uint8_t* to, uint32_t word) { store_word(to, load_word(to) | word); }

// A row's 4 bytes in plane p, and how each part of a quad's values lies there. See packed_layout.h.
constexpr int word_at(int plane, int row) { return plane * 64 + row * 4; }
constexpr uint32_t each(uint32_t byte) { return byte * 0x01010101u; }

struct Part {
  int plane;  // Where the bits lie,
  int shift;  // from this bit of each byte on,
  int from;   // which bit of the value they begin at,
  int width;  // and how many there are.
};

// The one or two parts of quad v.
int parts_of(int bits, int v, Part parts[2]) {
  const Part two{v / 4, v % 4 * 2, 0, 2};
  const Part four{v % 4, v / 4 * 4, 0, 4};
  switch (bits) {
    case 2:
      parts[0] = two;
      return 1;
    case 3:
      parts[0] = two;
      parts[1] = {2, v, 2, 1};
      return 2;
    case 4:
      parts[0] = four;
      return 1;
    case 5:
      parts[0] = four;
      parts[1] = {4, v, 4, 1};
      return 2;
    case 6:
      parts[0] = four;
      parts[1] = {4 + v / 4, v % 4 * 2, 4, 2};
      return 2;
    default:
      parts[0] = {v, 0, 0, 8};
      return 1;
  }
}

uint16_t load_half(const uint8_t* from) {
  uint16_t value;
  std::memcpy(&value, from, sizeof value);
  return value;
}
void store_half(uint8_t* to, uint16_t value) { std::memcpy(to, &value, sizeof value); }

}  // namespace

void write_packed_block(Format format_index, uint8_t* panel, int64_t block, int row,
                        const BlockValues& values) {
  const PackedFormat& format = kPackedFormats[format_index];
  uint8_t* to = panel + block_offset(format, block);
  for (int v = 0; v < 8; ++v) {
    const uint32_t quad = load_word(values.q + 4 * v);
    Part parts[2];
    const int count = parts_of(format.bits, v, parts);
    for (int i = 0; i < count; ++i) {
      const Part& part = parts[i];
      const uint32_t bits = (quad >> part.from) & each((1u << part.width) - 1);
      add_word(to + word_at(part.plane, row), bits << part.shift);
    }
  }
  uint8_t* tail = to + planes_bytes(format);
  if (!has_super(format.scales)) {
    store_half(tail + 2 * row, values.scale);
    if (format.scales == Scales::kHalfMin) store_half(tail + 32 + 2 * row, values.min);
    return;
  }
  uint8_t* header = panel + header_offset(format, block);
  store_half(header + 2 * row, values.scale);
  if (format.scales != Scales::kSuper16) store_half(header + 32 + 2 * row, values.min);
  for (int half = 0; half < 2; ++half) {
    switch (format.scales) {
      case Scales::kSuper16:
        tail[16 * half + row] = values.sub[half];
        break;
      case Scales::kSuperMin16:
        tail[16 * half + row] = static_cast<uint8_t>(values.sub[half] | values.sub_min[half] << 4);
        break;
      default:
        tail[16 * half + row] = half == 0 ? values.sub[0] : values.sub_min[0];
    }
  }
}

void read_packed_block(Format format_index, const uint8_t* panel, int64_t block, int row,
                       BlockValues& values) {
  const PackedFormat& format = kPackedFormats[format_index];
  const uint8_t* from = panel + block_offset(format, block);
  for (int v = 0; v < 8; ++v) {
    Part parts[2];
    const int count = parts_of(format.bits, v, parts);
    uint32_t quad = 0;
    for (int i = 0; i < count; ++i) {
      const Part& part = parts[i];
      const uint32_t bits =
          (load_word(from + word_at(part.plane, row)) >> part.shift) & each((1u << part.width) - 1);
      quad |= bits << part.from;
    }
    store_word(values.q + 4 * v, quad);
  }
  const uint8_t* tail = from + planes_bytes(format);
  if (!has_super(format.scales)) {
    values.scale = load_half(tail + 2 * row);
    if (format.scales == Scales::kHalfMin) values.min = load_half(tail + 32 + 2 * row);
    return;
  }
  const uint8_t* header = panel + header_offset(format, block);
  values.scale = load_half(header + 2 * row);
  if (format.scales != Scales::kSuper16) values.min = load_half(header + 32 + 2 * row);
  for (int half = 0; half < 2; ++half) {
    const uint8_t own = tail[16 * half + row];
    switch (format.scales) {
      case Scales::kSuper16:
        values.sub[half] = own;
        break;
      case Scales::kSuperMin16:
        values.sub[half] = own & 15;
        values.sub_min[half] = own >> 4;
        break;
      default:
        values.sub[half] = tail[row];
        values.sub_min[half] = tail[16 + row];
    }
  }
}

void dequantize_block(Format format_index, const BlockValues& values, float* out) {
  const PackedFormat& format = kPackedFormats[format_index];
  const float scale = half_to_float(values.scale);
  if (!has_super(format.scales)) {
    if (format.scales == Scales::kHalfMin) {
      const float min = half_to_float(values.min);
      for (int i = 0; i < kBlock; ++i) out[i] = static_cast<float>(values.q[i]) * scale + min;
    } else {
      const int offset = 1 << (format.bits - 1);
      for (int i = 0; i < kBlock; ++i) out[i] = static_cast<float>(values.q[i] - offset) * scale;
    }
    return;
  }
  for (int half = 0; half < 2; ++half) {
    float* to = out + 16 * half;
    const uint8_t* q = values.q + 16 * half;
    if (format.scales == Scales::kSuper16) {
      const float own = scale * static_cast<float>(static_cast<int8_t>(values.sub[half]));
      const int offset = 1 << (format.bits - 1);
      for (int i = 0; i < 16; ++i) to[i] = own * static_cast<float>(q[i] - offset);
    } else {
      const float own = scale * static_cast<float>(values.sub[half]);
      const float min = half_to_float(values.min) * static_cast<float>(values.sub_min[half]);
      for (int i = 0; i < 16; ++i) to[i] = own * static_cast<float>(q[i]) - min;
    }
  }
}

int64_t packed_panel_bytes(Format format_index, int64_t blocks) {
  const PackedFormat& format = kPackedFormats[format_index];
  return blocks * block_bytes(format) + blocks / 8 * header_bytes(format);
}

}  // namespace tandem::cpu
