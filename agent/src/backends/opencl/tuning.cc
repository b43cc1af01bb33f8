#include "backends/opencl/tuning.h"

#include <algorithm>
#include <cstdio>
#include <limits>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

#include "backends/opencl/launcher.h"
#include "backends/opencl/stored_file.h"

namespace tandem::opencl {
namespace {

// The weight and the input of the measurement: more than a first-level cache, a few milliseconds on a slow
// device.
constexpr int32_t kColumns = 2048, kRows = 1024, kTokens = 64, kTile = 16;
constexpr int kRuns = 3;

Format tuned_format() { return format_of(TensorType::kQ4_0); }

uint64_t key_of(const Device& device, const Kernels& kernels) {
  const KernelSource source = matmul_source(device, tuned_format(), 1);
  return kernels.key("tuning" + source.options + '\0' + source.text);
}

class Measurement {
 public:
  Measurement(const Device& device, Kernels& kernels)
      : device_(device), kernels_(kernels), launcher_(device) {}

  Result<void> make_buffers() {
    const int64_t panels = kRows / kPanelRows;
    const int64_t weight_bytes = panels * panel_words(tuned_format(), kColumns) * 4;
    for (auto& [buffer, bytes] :
         {std::pair(&weights_, weight_bytes), std::pair(&input_, int64_t{kColumns} * kTokens * 4),
          std::pair(&output_, int64_t{kRows} * kTokens * 4)}) {
      TANDEM_ASSIGN(*buffer, device_.make_buffer(bytes));
      const std::vector<char> zeros(static_cast<size_t>(bytes));
      const cl_int code = device_.api().clEnqueueWriteBuffer(device_.queue(), buffer->get(), CL_TRUE, 0,
                                                             zeros.size(), zeros.data(), 0, nullptr, nullptr);
      if (code != CL_SUCCESS) return launcher_.stopped("clEnqueueWriteBuffer", code);
    }
    return {};
  }

  // Nanoseconds of the fastest run.
  Result<uint64_t> gemv(const MatmulSizes& sizes) {
    TANDEM_ASSIGN(const Kernel kernel,
                  kernels_.get(matmul_source(device_, tuned_format(), sizes.gemv_items), "gemv"));
    const auto lanes = static_cast<size_t>(kPanelRows / device_.width());
    const auto items = static_cast<size_t>(sizes.gemv_items);
    return fastest([&] {
      return launcher_.run(kernel, {{kRows / kPanelRows * lanes, items, 1}, {lanes, items, 1}},
                           weights_.get(), 0, input_.get(), 0, output_.get(), 0, output_.get(), 0, kColumns,
                           0, 0, kRows);
    });
  }

  Result<uint64_t> gemm(const MatmulSizes& sizes, int gemv_items) {
    TANDEM_ASSIGN(const Kernel kernel, kernels_.get(matmul_source(device_, tuned_format(), gemv_items),
                                                    "gemm_t" + std::to_string(kTile)));
    const auto lanes = static_cast<size_t>(kPanelRows / device_.width());
    const int32_t panels = kRows / kPanelRows;
    const auto groups = static_cast<size_t>((panels + sizes.panels_per_item - 1) / sizes.panels_per_item);
    return fastest([&] {
      return launcher_.run(
          kernel, {{kTokens / kTile, groups * lanes, 1}, {1, static_cast<size_t>(sizes.gemm_group), 1}},
          weights_.get(), 0, input_.get(), output_.get(), 0, kRows, output_.get(), 0, kColumns, 0, panels,
          sizes.panels_per_item, 0, kRows, kTokens);
    });
  }

 private:
  template <typename Run>
  Result<uint64_t> fastest(const Run& run) {
    const std::string name = "the measurement of its work-group sizes";
    launcher_.begin(name, true);
    for (int i = 0; i < kRuns; ++i) TANDEM_TRY(run());
    if (const cl_int code = device_.api().clFinish(device_.queue()); code != CL_SUCCESS)
      return launcher_.stopped("clFinish", code);
    uint64_t best = std::numeric_limits<uint64_t>::max();
    for (const Event& event : std::exchange(launcher_.events(), {})) {
      cl_ulong start = 0, end = 0;
      const Api& api = device_.api();
      cl_int code = api.clGetEventProfilingInfo(event.get(), CL_PROFILING_COMMAND_START, sizeof(start),
                                                &start, nullptr);
      if (code == CL_SUCCESS)
        code = api.clGetEventProfilingInfo(event.get(), CL_PROFILING_COMMAND_END, sizeof(end), &end, nullptr);
      if (code != CL_SUCCESS) return launcher_.stopped("clGetEventProfilingInfo", code);
      best = std::min<uint64_t>(best, end - start);
    }
    return best;
  }

  const Device& device_;
  Kernels& kernels_;
  Launcher launcher_;
  Buffer weights_, input_, output_;
};

Result<MatmulSizes> measure(const Device& device, Kernels& kernels) {
  Measurement measurement(device, kernels);
  TANDEM_TRY(measurement.make_buffers());
  MatmulSizes best;
  uint64_t fastest = std::numeric_limits<uint64_t>::max();
  for (const MatmulSizes& sizes : gemv_candidates(device)) {
    TANDEM_ASSIGN(const uint64_t time, measurement.gemv(sizes));
    if (time < fastest) fastest = time, best.gemv_items = sizes.gemv_items;
  }
  fastest = std::numeric_limits<uint64_t>::max();
  for (const MatmulSizes& sizes : gemm_candidates(device)) {
    TANDEM_ASSIGN(const uint64_t time, measurement.gemm(sizes, best.gemv_items));
    if (time >= fastest) continue;
    fastest = time;
    best.panels_per_item = sizes.panels_per_item;
    best.gemm_group = sizes.gemm_group;
  }
  return best;
}

// Only what could have been measured here: the file may be anybody's.
std::optional<MatmulSizes> parse(const Device& device, const std::string& text) {
  MatmulSizes sizes;
  if (std::sscanf(text.c_str(), "%d %d %d", &sizes.gemv_items, &sizes.panels_per_item, &sizes.gemm_group) !=
      3)
    return std::nullopt;
  const auto gemv = gemv_candidates(device);
  const auto gemm = gemm_candidates(device);
  const bool known =
      std::any_of(gemv.begin(), gemv.end(),
                  [&](const auto& each) { return each.gemv_items == sizes.gemv_items; }) &&
      std::any_of(gemm.begin(), gemm.end(), [&](const auto& each) {
        return each.panels_per_item == sizes.panels_per_item && each.gemm_group == sizes.gemm_group;
      });
  return known ? std::optional(sizes) : std::nullopt;
}

}  // namespace

std::vector<MatmulSizes> gemv_candidates(const Device& device) {
  if (device.options().gemv_items > 0) return {{.gemv_items = device.options().gemv_items}};
  if (device.facts().is_cpu) return {{.gemv_items = 1}};
  std::vector<MatmulSizes> candidates;
  for (const int items : {4, 16, 32}) {
    if (static_cast<size_t>(items * kPanelRows / device.width()) <= device.facts().group_items)
      candidates.push_back({.gemv_items = items});
  }
  return candidates.empty() ? std::vector<MatmulSizes>{{}} : candidates;
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

Result<MatmulSizes> tuned_sizes(const Device& device, Kernels& kernels) {
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
  if (!folder.empty()) {
    write_stored(path, key,
                 std::to_string(sizes.gemv_items) + " " + std::to_string(sizes.panels_per_item) + " " +
                     std::to_string(sizes.gemm_group));
  }
  return known[at] = sizes;
}

}  // namespace tandem::opencl
