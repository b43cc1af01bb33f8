#include "kernels/matmul.h"

#include <algorithm>
#include <cmath>

namespace tandem::npu {
namespace {

// Columns at once, so that a panel's block of weights stays in the first cache while all tokens pass, and the
// block of activations in the second.
constexpr int64_t kBlockPairs = 256;

void prefetch(const std::byte* from, size_t bytes) {
  for (size_t i = 0; i < bytes; i += 64) __builtin_prefetch(from + i, 0, 2);
}

bool float_matmul(const PackedWeight& weight, const float* input, int64_t tokens, const float* bias,
                  float* out, Scratch& scratch) {
  const FloatKernels& kernels = float_kernels();
  const int64_t all_pairs = weight.padded_columns() / 2;
  const int64_t padded_tokens = round_up(tokens);
  std::byte* packed = scratch.get(static_cast<size_t>(padded_tokens * all_pairs * kernels.bytes));
  if (packed == nullptr) return false;
  const auto tiles = static_cast<int64_t>(kernels.widths.size()) * (padded_tokens / kStep);
  for (int64_t first = 0; first < all_pairs; first += kBlockPairs) {
    const int64_t pairs = std::min(kBlockPairs, all_pairs - first);
    std::byte* to = packed;
    for (int64_t base = 0; base < padded_tokens; base += kStep) {
      int64_t token = base;
      for (const int width : kernels.widths) {
        const auto valid = static_cast<int>(std::clamp<int64_t>(tokens - token, 0, width));
        kernels.pack(input + (valid > 0 ? token * weight.columns : 0) + 2 * first, weight.columns, valid,
                     width, std::max<int64_t>(weight.columns - 2 * first, 0), pairs, to);
        to += pairs * width * kernels.bytes;
        token += width;
      }
    }
    const size_t block_bytes = static_cast<size_t>(pairs) * kStep * 4;
    for (int64_t panel = 0; panel < weight.panels(); ++panel) {
      const std::byte* weights = weight.panel(panel) + first * kStep * 4;
      const std::byte* next =
          panel + 1 < weight.panels() ? weight.panel(panel + 1) + first * kStep * 4 : weights;
      const size_t share = (block_bytes / static_cast<size_t>(tiles) + 63) / 64 * 64;
      size_t fetched = 0;
      const std::byte* activations = packed;
      for (int64_t base = 0; base < padded_tokens; base += kStep) {
        int64_t token = base;
        for (const int width : kernels.widths) {
          const auto valid = static_cast<int>(std::clamp<int64_t>(tokens - token, 0, width));
          if (fetched < block_bytes) prefetch(next + fetched, std::min(share, block_bytes - fetched));
          fetched += share;
          kernels.tile({reinterpret_cast<const uint16_t*>(weights), activations, pairs, width, valid,
                        static_cast<int>(std::min(kStep, weight.rows - panel * kStep)), first == 0,
                        bias == nullptr ? nullptr : bias + panel * kStep,
                        out + (valid > 0 ? token * weight.rows : 0) + panel * kStep, weight.rows});
          activations += pairs * width * kernels.bytes;
          token += width;
        }
      }
    }
  }
  return true;
}

bool float_vector(const PackedWeight& weight, const float* input, const float* bias, float* out,
                  Scratch& scratch) {
  const FloatKernels& kernels = float_kernels();
  const auto columns = static_cast<size_t>(weight.padded_columns());
  auto* x = reinterpret_cast<float*>(scratch.get(columns * sizeof(float)));
  if (x == nullptr) return false;
  std::copy_n(input, weight.columns, x);
  std::fill(x + weight.columns, x + columns, 0.0F);
  for (int64_t panel = 0; panel < weight.panels(); ++panel) {
    kernels.vector(reinterpret_cast<const uint16_t*>(weight.panel(panel)), x, weight.padded_columns() / 2,
                   static_cast<int>(std::min(kStep, weight.rows - panel * kStep)),
                   bias == nullptr ? nullptr : bias + panel * kStep, out + panel * kStep);
  }
  return true;
}

// One token -> [quads][T][4] of value / scale + 128. Gives the scale: the largest value becomes 127.
float quantize(const float* input, int64_t columns, int64_t padded_columns, int width, int at, uint8_t* out) {
  float largest = 0;
  for (int64_t c = 0; c < columns; ++c) largest = std::max(largest, std::fabs(input[c]));
  const float inverse = largest > 0 ? 127.0F / largest : 0;
  for (int64_t c = 0; c < padded_columns; ++c) {
    const float value = c < columns ? input[c] * inverse : 0;
    out[(c / 4 * width + at) * 4 + c % 4] = static_cast<uint8_t>(static_cast<int>(value + 128.5F));
  }
  return largest / 127.0F;
}

bool int8_matmul(const PackedWeight& weight, const float* input, int64_t tokens, const float* bias,
                 float* out, Scratch& scratch) {
  const Int8Kernels& kernels = int8_kernels();
  constexpr int kOne[] = {1};
  const std::span<const int> widths = tokens == 1 ? std::span<const int>(kOne) : kernels.widths;
  const int64_t padded_tokens = tokens == 1 ? 1 : round_up(tokens);
  const int64_t columns = weight.padded_columns();
  std::byte* memory =
      scratch.get(static_cast<size_t>(padded_tokens) * (static_cast<size_t>(columns) + sizeof(float)));
  if (memory == nullptr) return false;
  auto* packed = reinterpret_cast<uint8_t*>(memory);
  auto* scales = reinterpret_cast<float*>(memory + padded_tokens * columns);
  const auto for_each_tile = [&](auto&& use) {
    int64_t token = 0;
    for (size_t i = 0; token < padded_tokens; token += widths[i % widths.size()], ++i)
      use(token, widths[i % widths.size()]);
  };
  for_each_tile([&](int64_t token, int width) {
    for (int t = 0; t < width; ++t) {
      const bool valid = token + t < tokens;
      scales[token + t] = quantize(input + (valid ? (token + t) * weight.columns : 0),
                                   valid ? weight.columns : 0, columns, width, t, packed + token * columns);
    }
  });
  for (int64_t panel = 0; panel < weight.panels(); ++panel) {
    for_each_tile([&](int64_t token, int width) {
      const auto valid = static_cast<int>(std::clamp<int64_t>(tokens - token, 0, width));
      kernels.tile({reinterpret_cast<const int8_t*>(weight.panel(panel)), packed + token * columns,
                    columns / 4, width, valid, static_cast<int>(std::min(kStep, weight.rows - panel * kStep)),
                    weight.scales() + panel * kStep, weight.sums() + panel * kStep, scales + token,
                    bias == nullptr ? nullptr : bias + panel * kStep,
                    out + (valid > 0 ? token * weight.rows : 0) + panel * kStep, weight.rows});
    });
  }
  return true;
}

}  // namespace

std::byte* Scratch::get(size_t bytes) {
  if (bytes > bytes_) {
    memory_ = allocate(bytes);
    bytes_ = memory_ ? bytes : 0;
  }
  return memory_.get();
}

bool matmul(const PackedWeight& weight, const float* input, int64_t tokens, const float* bias, float* out,
            Scratch& scratch) {
  if (weight.form == Form::kInt8) return int8_matmul(weight, input, tokens, bias, out, scratch);
  if (tokens == 1) return float_vector(weight, input, bias, out, scratch);
  return float_matmul(weight, input, tokens, bias, out, scratch);
}

}  // namespace tandem::npu
