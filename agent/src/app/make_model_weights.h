// Random weights, made once per type and size of weights and then dealt out in pieces: a gigabyte takes
// seconds.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <utility>
#include <vector>

#include "app/make_model_plan.h"
#include "sample/random.h"

namespace tandem::app {

class WeightSource {
 public:
  explicit WeightSource(uint64_t seed) : random_(seed) {}

  // Fills `out`, a whole number of the tensor's blocks.
  void fill(const PlannedTensor& tensor, std::span<std::byte> out);

 private:
  [[nodiscard]] const std::vector<std::byte>& pool(const PlannedTensor& tensor);
  [[nodiscard]] float normal();

  Random random_;
  std::map<std::pair<TensorType, std::pair<float, float>>, std::vector<std::byte>> pools_;
};

}  // namespace tandem::app
