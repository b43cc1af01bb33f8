// Models of cost with few parameters, fitted to measured times.
#pragma once

#include <array>
#include <span>
#include <vector>

namespace tandem {

// What a time is explained by: a constant, computing (1e9 flops) and moving (1e6 bytes).
struct Features {
  double gflops = 0;
  double megabytes = 0;
};

struct Observation {
  Features features;
  double us = 0;
};

// us = constant + per_gflop * gflops + per_megabyte * megabytes, with no negative coefficient.
struct LinearCost {
  double constant = 0, per_gflop = 0, per_megabyte = 0;
  [[nodiscard]] double operator()(const Features& features) const {
    return constant + per_gflop * features.gflops + per_megabyte * features.megabytes;
  }
};

// Least squares of the relative error. Without observations all is 0.
[[nodiscard]] LinearCost fit_linear(std::span<const Observation> observations);

// A point of the residual: where it was observed (logarithms of the sizes), and the logarithm of measured by
// predicted.
struct Residual {
  std::array<double, 3> at{};
  double log_ratio = 0;
};

// A regression tree of few leaves, each of at least kLeastInLeaf points: what the linear model gets wrong in
// whole regions.
class ResidualTree {
 public:
  static constexpr size_t kLeastInLeaf = 3;
  static constexpr int kMostDepth = 3;

  ResidualTree() = default;
  explicit ResidualTree(std::span<const Residual> residuals);
  // Factor by which the linear model's time is multiplied there; 1 where nothing is known.
  [[nodiscard]] double factor(const std::array<double, 3>& at) const;

 private:
  struct Node {
    int dimension = -1;  // -1: a leaf.
    double border = 0;   // Below goes left.
    size_t left = 0, right = 0;
    double mean = 0;
  };
  size_t grow(std::vector<Residual> residuals, int depth);
  std::vector<Node> nodes_;
};

}  // namespace tandem
