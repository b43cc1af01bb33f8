// A small regression tree: what a formula leaves of measured times, by shape (paper, section 4, version 1).
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "profile/cost_model.h"

namespace tandem {

class ResidualTree {
 public:
  struct Sample {
    MatmulWork work;
    double ratio = 1;  // Measured by predicted time.
  };

  ResidualTree() = default;
  // At most 8 leaves of at least 3 samples each; splits at the logarithms of tokens, rows and columns.
  explicit ResidualTree(const std::vector<Sample>& samples);

  // The factor by which a formula's time is multiplied; 1 of an empty tree.
  [[nodiscard]] double factor(const MatmulWork& work) const;

 private:
  struct Node {
    int feature = -1;  // -1: a leaf.
    double threshold = 0;
    double value = 0;  // Mean logarithm of the ratios.
    int32_t below = -1, above = -1;
  };
  using Point = std::array<double, 3>;
  struct Row {
    Point x;
    double y = 0;
  };

  [[nodiscard]] static Point point(const MatmulWork& work);
  int32_t grow(std::vector<Row> rows, int depth);

  std::vector<Node> nodes_;
};

}  // namespace tandem
