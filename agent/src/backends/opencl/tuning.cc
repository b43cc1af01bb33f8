#include "backends/opencl/tuning.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <limits>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

#include "backends/opencl/stored_file.h"
#include "backends/opencl/tuning_measurement.h"

namespace tandem::opencl {
namespace {

using Feature = Device::Feature;
using Force = OpenClOptions::Force;

constexpr double kBar = 5e-4;  // NMSE against the plain form.

uint64_t key_of(const Device& device, const Kernels& kernels) {
  const GemvForm all{.items = 1,
                     .subgroups = device.subgroups() != Feature::kNone,
                     .dot = device.integer_dot() != Feature::kNone};
  const KernelSource matmul = matmul_source(device, TuningMeasurement::format(), all);
  const KernelSource others = elementwise_source(device, all.subgroups);
  return kernels.key("tuning" + matmul.options + '\0' + matmul.text + '\0' + others.text);
}

bool is_same(const Measured& one, const Measured& plain) {
  double errors = 0, squares = 0;
  for (size_t i = 0; i < plain.output.size(); ++i) {
    const double truth = static_cast<double>(plain.output[i]);
    const double error = static_cast<double>(one.output[i]) - truth;
    errors += error * error;
    squares += truth * truth;
  }
  return std::isfinite(errors) && errors <= kBar * squares;
}

// The fastest of those that find what the plain form does.
Result<GemvForm> best_gemv(const Device& device, TuningMeasurement& measurement) {
  const std::vector<GemvForm> candidates = gemv_candidates(device);
  if (candidates.size() == 1 && !candidates[0].subgroups && !candidates[0].dot) return candidates[0];
  TANDEM_ASSIGN(const Measured plain, measurement.gemv({.items = candidates.front().items}));
  std::optional<GemvForm> best;
  uint64_t fastest = std::numeric_limits<uint64_t>::max();
  for (const GemvForm& form : candidates) {
    const Result<Measured> measured = measurement.gemv(form);
    if (!measured.ok()) {
      // A compiler that has no such functions after all is no reason to do without the GPU.
      if (form.subgroups || form.dot) continue;
      return measured.error();
    }
    if (measured->ns >= fastest || !is_same(*measured, plain)) continue;
    fastest = measured->ns;
    best = form;
  }
  return best.value_or(GemvForm{.items = candidates.front().items});
}

Result<bool> best_reduction(const Device& device, TuningMeasurement& measurement) {
  if (device.subgroups() == Feature::kNone) return false;
  TANDEM_ASSIGN(const Measured plain, measurement.norm(false));
  const Result<Measured> measured = measurement.norm(true);
  if (!measured.ok() || !is_same(*measured, plain)) return false;
  return device.options().subgroups != Force::kNo || measured->ns < plain.ns;
}

Result<MatmulSizes> measure(const Device& device, Kernels& kernels) {
  TuningMeasurement measurement(device, kernels);
  TANDEM_TRY(measurement.make_buffers());
  MatmulSizes best;
  TANDEM_ASSIGN(best.gemv, best_gemv(device, measurement));
  TANDEM_ASSIGN(best.subgroups, best_reduction(device, measurement));
  uint64_t fastest = std::numeric_limits<uint64_t>::max();
  for (MatmulSizes sizes : gemm_candidates(device)) {
    sizes.gemv = best.gemv;
    TANDEM_ASSIGN(const Measured measured, measurement.gemm(sizes));
    if (measured.ns >= fastest) continue;
    fastest = measured.ns;
    best.panels_per_item = sizes.panels_per_item;
    best.gemm_group = sizes.gemm_group;
  }
  return best;
}

// Only what could have been measured here: the file may be anybody's.
std::optional<MatmulSizes> parse(const Device& device, const std::string& text) {
  MatmulSizes sizes;
  int gemv_subgroups = 0, dot = 0, subgroups = 0;
  if (std::sscanf(text.c_str(), "%d %d %d %d %d %d", &sizes.gemv.items, &gemv_subgroups, &dot,
                  &sizes.panels_per_item, &sizes.gemm_group, &subgroups) != 6)
    return std::nullopt;
  sizes.gemv.subgroups = gemv_subgroups != 0;
  sizes.gemv.dot = dot != 0;
  sizes.subgroups = subgroups != 0;
  const auto gemv = gemv_candidates(device);
  const auto gemm = gemm_candidates(device);
  const bool known = std::ranges::count(gemv, sizes.gemv) > 0 &&
                     std::ranges::any_of(gemm,
                                         [&](const auto& each) {
                                           return each.panels_per_item == sizes.panels_per_item &&
                                                  each.gemm_group == sizes.gemm_group;
                                         }) &&
                     (!sizes.subgroups || device.subgroups() != Feature::kNone);
  return known ? std::optional(sizes) : std::nullopt;
}

Result<MatmulSizes> remembered_or_measured(const Device& device, Kernels& kernels) {
  static std::mutex mutex;
  static std::map<std::pair<uint64_t, std::string>, MatmulSizes> known;
  const std::lock_guard lock(mutex);
  const uint64_t key = key_of(device, kernels);
  const std::string& folder = device.options().cache_folder;
  const auto at = std::pair(key + static_cast<uint64_t>(device.options().gemv_items), folder);
  if (const auto found = known.find(at); found != known.end()) return found->second;
  const std::string path = tuning_path(device, kernels);
  if (!folder.empty()) {
    if (const auto text = read_stored(path, key)) {
      if (const auto sizes = parse(device, *text)) return known[at] = *sizes;
    }
  }
  TANDEM_ASSIGN(const MatmulSizes sizes, measure(device, kernels));
  if (!folder.empty()) write_stored(path, key, tuning_text(sizes));
  return known[at] = sizes;
}

}  // namespace

std::vector<GemvForm> gemv_candidates(const Device& device) {
  std::vector<int> items = {4, 16, 32};
  if (device.facts().is_cpu) items = {1};
  const auto choices = [](Feature feature, Force force) {
    if (feature == Feature::kNone) return std::vector{false};
    return force == Force::kNo ? std::vector{false, true} : std::vector{true};
  };
  const OpenClOptions& options = device.options();
  if (options.gemv_items > 0) items = {options.gemv_items};
  std::vector<GemvForm> candidates;
  for (const int count : items) {
    if (static_cast<size_t>(count * kPanelRows / device.width()) > device.facts().group_items) continue;
    for (const bool subgroups : choices(device.subgroups(), options.subgroups)) {
      for (const bool dot : choices(device.integer_dot(), options.integer_dot))
        candidates.push_back({.items = count, .subgroups = subgroups, .dot = dot});
    }
  }
  return candidates.empty() ? std::vector<GemvForm>{{}} : candidates;
}

std::vector<MatmulSizes> gemm_candidates(const Device& device) {
  std::vector<MatmulSizes> candidates;
  for (const int panels : device.facts().is_cpu ? std::vector{1, 4, 16} : std::vector{1, 2}) {
    for (const int group : device.facts().is_cpu ? std::vector{1} : std::vector{16, 64, 128}) {
      if (static_cast<size_t>(group) <= device.facts().group_items)
        candidates.push_back({.panels_per_item = panels, .gemm_group = group});
    }
  }
  return candidates;
}

std::string tuning_path(const Device& device, const Kernels& kernels) {
  char name[48];
  std::snprintf(name, sizeof(name), "/opencl-%016llx.tuned",
                static_cast<unsigned long long>(key_of(device, kernels)));
  return device.options().cache_folder + name;
}

std::string tuning_text(const MatmulSizes& sizes) {
  std::string text;
  for (const int value :
       {sizes.gemv.items, static_cast<int>(sizes.gemv.subgroups), static_cast<int>(sizes.gemv.dot),
        sizes.panels_per_item, sizes.gemm_group, static_cast<int>(sizes.subgroups)})
    text += (text.empty() ? "" : " ") + std::to_string(value);
  return text;
}

Result<MatmulSizes> tuned_sizes(const Device& device, Kernels& kernels) {
  TANDEM_ASSIGN(const MatmulSizes sizes, remembered_or_measured(device, kernels));
  kernels.use(sizes);
  return sizes;
}

Result<bool> reduces_in_subgroups(const Device& device, Kernels& kernels) {
  if (device.subgroups() == Feature::kNone) return false;
  TANDEM_ASSIGN(const MatmulSizes sizes, tuned_sizes(device, kernels));
  return sizes.subgroups;
}

}  // namespace tandem::opencl
