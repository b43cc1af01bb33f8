#include "backends/cpu/rope.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "backends/cpu/dispatch.h"

namespace tandem::cpu {

RopeTable::RopeTable(RopeOptions options) : options_(std::move(options)) {
  const int64_t pairs = options_.dims / 2;
  for (int64_t i = 0; i < pairs; ++i) {
    const double factor =
        options_.factors.empty() ? 1.0 : static_cast<double>(options_.factors[static_cast<size_t>(i)]);
    const double exponent = -2.0 * static_cast<double>(i) / static_cast<double>(options_.dims);
    frequencies_.push_back(options_.scale * std::pow(options_.base, exponent) / factor);
  }
}

void RopeTable::set_positions(int64_t first, int64_t count) {
  if (first == first_ && count == count_) return;
  first_ = first;
  count_ = count;
  const size_t pairs = frequencies_.size();
  const bool neighbours = options_.pairs == RopePairs::kInterleaved;
  const size_t width = neighbours ? 2 * pairs : pairs;
  table_.resize(static_cast<size_t>(count) * 2 * width);
  for (int64_t p = 0; p < count; ++p) {
    float* cosines = table_.data() + static_cast<size_t>(p) * 2 * width;
    float* sines = cosines + width;
    for (size_t i = 0; i < pairs; ++i) {
      const double angle = static_cast<double>(first + p) * frequencies_[i];
      const auto c = options_.magnitude * static_cast<float>(std::cos(angle));
      const auto s = options_.magnitude * static_cast<float>(std::sin(angle));
      if (neighbours) {
        cosines[2 * i] = cosines[2 * i + 1] = c;
        sines[2 * i] = -s;
        sines[2 * i + 1] = s;
      } else {
        cosines[i] = c;
        sines[i] = s;
      }
    }
  }
}

void RopeTable::apply(float* values, int64_t tokens, int64_t heads, int64_t head_dim,
                      const Target& target) const {
  const auto kernel = float_kernels(target.isa).rope;
  const bool split_half = options_.pairs == RopePairs::kSplitHalf;
  const int64_t width = split_half ? options_.dims / 2 : options_.dims;
  const int64_t grain = std::max<int64_t>(16384 / (heads * head_dim), 1);
  target.pool.parallel_for(tokens, grain, [&](int64_t begin, int64_t end, int) {
    for (int64_t t = begin; t < end; ++t) {
      const float* cosines = table_.data() + t * 2 * width;
      kernel({values + t * heads * head_dim, heads, head_dim, options_.dims, cosines, cosines + width,
              split_half});
    }
  });
}

}  // namespace tandem::cpu
