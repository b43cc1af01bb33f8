#include "profile/profile_costs.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "profile/part_timer.h"

namespace tandem {
namespace {

constexpr int64_t kStage = 32;  // NPU-1: every dimension in steps of 32.

double weight_megabytes(const MatmulWork& work) {
  const TypeTraits traits = type_traits(work.type);
  return static_cast<double>(work.n) * static_cast<double>(work.k) * traits.block_bytes / traits.block_size /
         1e6;
}

int64_t stair(int64_t size) { return (size + kStage - 1) / kStage * kStage; }

// As the processor sees it: the NPU pads every dimension.
MatmulWork seen_by(ProcessorKind processor, const MatmulWork& work) {
  if (processor != ProcessorKind::kNpu) return work;
  return {stair(work.m), stair(work.n), stair(work.k), work.type};
}

Features features(ProcessorKind processor, const MatmulWork& work) {
  const MatmulWork seen = seen_by(processor, work);
  const auto m = static_cast<double>(seen.m), n = static_cast<double>(seen.n),
             k = static_cast<double>(seen.k);
  return {2 * m * n * k / 1e9, weight_megabytes(seen) + 4 * m * (n + k) / 1e6};
}

std::array<double, 3> place(const MatmulWork& work) {
  return {std::log2(static_cast<double>(work.m)), std::log2(static_cast<double>(work.n)),
          std::log2(static_cast<double>(work.k))};
}

double gbps(const MatmulWork& work, double us) {
  return weight_megabytes(work) * 1e3 / std::max(us, kLeastUs);
}

}  // namespace

ProfileCostModel::Side ProfileCostModel::make_side(const Profile& profile, ProcessorKind processor) {
  Side side;
  std::vector<Observation> observations;
  for (const MatmulSample& sample : profile.matmuls) {
    if (sample.processor != processor) continue;
    const MatmulWork& work = sample.work;
    side.series[{work.n, work.k, static_cast<int64_t>(work.type)}].push_back({work.m, sample.timing.us});
    observations.push_back({features(processor, work), sample.timing.us});
  }
  for (auto& [key, points] : side.series) std::ranges::sort(points, {}, &Point::m);
  side.linear = fit_linear(observations);
  std::vector<Residual> residuals;
  for (const MatmulSample& sample : profile.matmuls) {
    if (sample.processor != processor) continue;
    const double model = std::max(side.linear(features(processor, sample.work)), kLeastUs);
    residuals.push_back({place(sample.work), std::log(sample.timing.us / model)});
  }
  side.tree = ResidualTree(residuals);
  return side;
}

ProfileCostModel::ProfileCostModel(Profile profile) : profile_(std::move(profile)) {
  sides_[0] = make_side(profile_, profile_.primary);
  if (profile_.has_npu) sides_[1] = make_side(profile_, ProcessorKind::kNpu);
  std::map<OpKind, std::vector<Observation>> by_kind;
  std::vector<Observation> all;
  for (const OtherSample& one : profile_.others) {
    const Observation observation{
        {static_cast<double>(one.flops) / 1e9, static_cast<double>(one.bytes) / 1e6}, one.timing.us};
    by_kind[one.kind].push_back(observation);
    all.push_back(observation);
  }
  for (const auto& [kind, observations] : by_kind) others_[kind] = fit_linear(observations);
  any_other_ = fit_linear(all);
  std::vector<Observation> compiles;
  for (const CompileSample& one : profile_.compiles) {
    compiles.push_back({features(ProcessorKind::kNpu, one.work), std::max(one.us, kLeastUs)});
  }
  compile_ = fit_linear(compiles);
}

double ProfileCostModel::model_us(const Side& side, ProcessorKind processor, const MatmulWork& work) {
  return std::max(side.linear(features(processor, work)) * side.tree.factor(place(work)), kLeastUs);
}

// Between measured numbers of tokens of the same weight a straight line; outside, the nearest one times what
// the model says about the ratio.
std::optional<double> ProfileCostModel::along_tokens(const Side& side, ProcessorKind processor,
                                                     const MatmulWork& work) {
  const auto found = side.series.find({work.n, work.k, static_cast<int64_t>(work.type)});
  if (found == side.series.end()) return std::nullopt;
  const std::vector<Point>& points = found->second;
  // A length that was run is known; another one costs the NPU as much as the end of its step.
  const auto same = std::ranges::lower_bound(points, work.m, {}, &Point::m);
  if (same != points.end() && same->m == work.m) return same->us;
  const int64_t m = seen_by(processor, work).m;
  const auto above = std::ranges::lower_bound(points, m, {}, &Point::m);
  if (above != points.end() && above->m == m) return above->us;
  if (above != points.begin() && above != points.end()) {
    const Point& low = *(above - 1);
    const double part = static_cast<double>(m - low.m) / static_cast<double>(above->m - low.m);
    return low.us + part * (above->us - low.us);
  }
  const Point& nearest = above == points.end() ? points.back() : points.front();
  MatmulWork there = work;
  there.m = nearest.m;
  return nearest.us * model_us(side, processor, work) / model_us(side, processor, there);
}

// Rows split a weight: between measured numbers of rows a straight line; outside, the nearest one times what
// the model says about the ratio.
std::optional<double> ProfileCostModel::along_rows(const Side& side, ProcessorKind processor,
                                                   const MatmulWork& work) {
  const int64_t n = seen_by(processor, work).n;
  int64_t below = 0, above = 0;
  for (const auto& [key, points] : side.series) {
    if (key[1] != work.k || key[2] != static_cast<int64_t>(work.type)) continue;
    if (key[0] <= n) below = std::max(below, key[0]);
    if (key[0] >= n && (above == 0 || key[0] < above)) above = key[0];
  }
  if (below + above == 0) return std::nullopt;
  const auto at = [&](int64_t rows) {
    MatmulWork there = work;
    there.n = rows;
    return *along_tokens(side, processor, there);
  };
  if (below > 0 && above > 0) {
    if (below == above) return at(below);
    const double part = static_cast<double>(n - below) / static_cast<double>(above - below);
    return at(below) + part * (at(above) - at(below));
  }
  MatmulWork there = work;
  there.n = below + above;
  const double ratio =
      side.linear(features(processor, work)) / std::max(side.linear(features(processor, there)), kLeastUs);
  return at(there.n) * ratio;
}

Estimate ProfileCostModel::matmul(ProcessorKind processor, const MatmulWork& work) const {
  const Side& one = side(processor);
  if (const auto us = along_tokens(one, processor, work)) {
    const auto& points = one.series.at({work.n, work.k, static_cast<int64_t>(work.type)});
    const bool run = std::ranges::binary_search(points, work.m, {}, &Point::m);
    return {std::max(*us, kLeastUs), Origin::kMeasured, !run};
  }
  if (const auto us = along_rows(one, processor, work))
    return {std::max(*us, kLeastUs), Origin::kMeasured, true};
  return {model_us(one, processor, work), Origin::kMeasured, true};
}

Estimate ProfileCostModel::other(ProcessorKind /*processor*/, OpKind kind, int64_t bytes,
                                 int64_t flops) const {
  const Features at{static_cast<double>(flops) / 1e9, static_cast<double>(bytes) / 1e6};
  const auto found = others_.find(kind);
  const double us = found == others_.end() ? any_other_(at) : found->second(at);
  return {std::max(us, kLeastUs), Origin::kMeasured, true};
}

double ProfileCostModel::slowdown_together(ProcessorKind processor, const MatmulWork& own,
                                           const MatmulWork& others) const {
  const Bandwidths& rates = profile_.bandwidths;
  const double all = rates.primary_together + rates.npu_together;
  if (all <= 0) return 1;
  const bool on_npu = processor == ProcessorKind::kNpu;
  const double mine = gbps(own, matmul(processor, own).us);
  const double theirs = gbps(others, matmul(on_npu ? profile_.primary : ProcessorKind::kNpu, others).us);
  if (mine + theirs <= all) return 1;
  const double granted = on_npu ? rates.npu_together : rates.primary_together;
  return std::max(1.0, mine / std::max(std::min(mine, std::max(granted, all - theirs)), 1e-9));
}

SyncCosts ProfileCostModel::sync(SyncMode mode) const {
  return mode == SyncMode::kFast ? profile_.fast : profile_.driver;
}

NpuSupport ProfileCostModel::npu_support(const MatmulWork& work) const {
  if (std::ranges::count(profile_.npu_lacks, work.type) > 0) return NpuSupport::kTypeNotSupported;
  const bool refused = std::ranges::any_of(profile_.refused, [&](const MatmulWork& one) {
    return one.n == work.n && one.k == work.k && one.type == work.type;
  });
  return refused ? NpuSupport::kShapeRefused : NpuSupport::kRuns;
}

double ProfileCostModel::compile_us(const MatmulWork& work) const {
  return compile_(features(ProcessorKind::kNpu, work));
}

int64_t ProfileCostModel::graph_weight_bytes(const MatmulWork& work) const {
  return static_cast<int64_t>(profile_.npu_bytes_per_weight * static_cast<double>(work.n) *
                              static_cast<double>(work.k));
}

CrossValidation cross_validate(const Profile& profile, ProcessorKind processor) {
  std::vector<double> errors;
  for (size_t i = 0; i < profile.matmuls.size(); ++i) {
    if (profile.matmuls[i].processor != processor) continue;
    Profile others = profile;
    others.matmuls.erase(others.matmuls.begin() + static_cast<std::ptrdiff_t>(i));
    const MatmulSample& left_out = profile.matmuls[i];
    const double us = ProfileCostModel(std::move(others)).matmul(processor, left_out.work).us;
    errors.push_back(std::abs(us / left_out.timing.us - 1));
  }
  std::ranges::sort(errors);
  if (errors.empty()) return {};
  return {errors[errors.size() / 2], errors[errors.size() * 9 / 10], static_cast<int64_t>(errors.size())};
}

}  // namespace tandem
