#include "app/make_model_weights.h"

#include <algorithm>
#include <cstring>

#include "tensor/convert.h"

namespace tandem::app {
namespace {

constexpr int64_t kPoolWeights = int64_t{1} << 18;
// Weights dealt out at once: fewer would be slower, more would let rows of a matrix repeat each other
// visibly.
constexpr int64_t kPieceWeights = 4096;

}  // namespace

void WeightSource::fill(const PlannedTensor& tensor, std::span<std::byte> out) {
  const std::vector<std::byte>& from = pool(tensor);
  const TypeTraits traits = type_traits(tensor.type);
  const size_t piece = kPieceWeights / traits.block_size * traits.block_bytes;
  const size_t places = (from.size() - piece) / traits.block_bytes + 1;
  while (!out.empty()) {
    const size_t count = std::min(piece, out.size());
    std::memcpy(out.data(), from.data() + random_.next() % places * traits.block_bytes, count);
    out = out.subspan(count);
  }
}

const std::vector<std::byte>& WeightSource::pool(const PlannedTensor& tensor) {
  auto [found, is_new] = pools_.try_emplace({tensor.type, {tensor.mean, tensor.deviation}});
  if (is_new) {
    std::vector<float> weights(kPoolWeights);
    for (float& weight : weights) weight = tensor.mean + tensor.deviation * normal();
    found->second.resize(row_bytes(tensor.type, kPoolWeights));
    quantize_row(tensor.type, weights.data(), kPoolWeights, found->second.data());
  }
  return found->second;
}

// The sum of twelve uniform numbers (Irwin and Hall) has variance 1 and is near enough to normal here.
float WeightSource::normal() {
  double sum = -6;
  for (int i = 0; i < 3; i++) {
    const uint64_t bits = random_.next();
    for (int j = 0; j < 4; j++) sum += static_cast<double>(bits >> (16 * j) & 0xFFFF) / 0x1p16;
  }
  return static_cast<float>(sum);
}

}  // namespace tandem::app
