#include "backends/opencl/tuning_measurement.h"

#include <algorithm>
#include <limits>
#include <utility>

namespace tandem::opencl {
namespace {

// More than a first-level cache, a few milliseconds on a slow device.
constexpr int32_t kColumns = 2048, kRows = 1024, kTokens = 64, kTile = 16;
constexpr int32_t kPanels = kRows / kPanelRows;
constexpr int kRuns = 3;

// Both halves of each word are fp16 below 1, wherever a form wants scales, and codes of every kind elsewhere.
std::vector<uint32_t> weight_words(size_t count) {
  std::vector<uint32_t> words(count);
  uint32_t state = 1;
  for (uint32_t& word : words) {
    state = state * 1664525U + 1013904223U;  // Numerical Recipes' generator.
    word = (state >> 3U) & 0x3BFF3BFFU;
  }
  return words;
}

std::vector<float> input_values(size_t count) {
  std::vector<float> values(count);
  uint32_t state = 7;
  for (float& value : values) {
    state = state * 1664525U + 1013904223U;
    value = static_cast<float>(state >> 8U) / static_cast<float>(1U << 23U) - 1.0F;
  }
  return values;
}

}  // namespace

Format TuningMeasurement::format() { return format_of(TensorType::kQ4_0); }

Result<void> TuningMeasurement::make_buffers() {
  const auto words = weight_words(static_cast<size_t>(kPanels * panel_words(format(), kColumns)));
  const std::vector<float> input = input_values(size_t{kColumns} * kTokens);
  const std::vector<float> zeros(size_t{kRows} * kTokens);
  const auto fill = [&](Buffer& buffer, const auto& values) -> Result<void> {
    const size_t bytes = values.size() * sizeof(values[0]);
    TANDEM_ASSIGN(buffer, device_.make_buffer(static_cast<int64_t>(bytes)));
    const cl_int code = device_.api().clEnqueueWriteBuffer(device_.queue(), buffer.get(), CL_TRUE, 0, bytes,
                                                           values.data(), 0, nullptr, nullptr);
    if (code != CL_SUCCESS) return launcher_.stopped("clEnqueueWriteBuffer", code);
    return {};
  };
  TANDEM_TRY(fill(weights_, words));
  TANDEM_TRY(fill(input_, input));
  TANDEM_TRY(fill(output_, zeros));
  TANDEM_ASSIGN(quantised_, device_.make_buffer(kColumns / 32 * kTokenBlockWords * 4));
  return {};
}

Result<Measured> TuningMeasurement::gemv(const GemvForm& form) {
  uint64_t rounding = 0;
  if (form.dot) {
    TANDEM_ASSIGN(const Kernel quantise, kernels_.get(elementwise_source(device_, false), "quantize_token"));
    TANDEM_ASSIGN(rounding, fastest([&] {
                    return launcher_.run(quantise, {{kColumns / 32, 1, 1}, {1, 1, 1}}, input_.get(), 0,
                                         quantised_.get(), kColumns);
                  }));
  }
  TANDEM_ASSIGN(const Kernel kernel,
                kernels_.get(matmul_source(device_, format(), form), form.dot ? "gemv_dot" : "gemv"));
  const auto lanes = static_cast<size_t>(kPanelRows / device_.width());
  const auto items = static_cast<size_t>(form.items);
  TANDEM_ASSIGN(const uint64_t ns, fastest([&] {
                  return launcher_.run(kernel, {{kPanels * lanes, items, 1}, {lanes, items, 1}},
                                       weights_.get(), 0, form.dot ? quantised_.get() : input_.get(), 0,
                                       output_.get(), 0, output_.get(), 0, kColumns, 0, 0, kRows);
                }));
  TANDEM_ASSIGN(std::vector<float> values, output(kRows));
  return Measured{rounding + ns, std::move(values)};
}

Result<Measured> TuningMeasurement::gemm(const MatmulSizes& sizes) {
  TANDEM_ASSIGN(const Kernel kernel,
                kernels_.get(matmul_source(device_, format(), sizes.gemv), "gemm_t" + std::to_string(kTile)));
  const auto lanes = static_cast<size_t>(kPanelRows / device_.width());
  const auto groups = static_cast<size_t>((kPanels + sizes.panels_per_item - 1) / sizes.panels_per_item);
  TANDEM_ASSIGN(const uint64_t ns, fastest([&] {
                  return launcher_.run(
                      kernel,
                      {{kTokens / kTile, groups * lanes, 1}, {1, static_cast<size_t>(sizes.gemm_group), 1}},
                      weights_.get(), 0, input_.get(), output_.get(), 0, kRows, output_.get(), 0, kColumns, 0,
                      kPanels, sizes.panels_per_item, 0, kRows, kTokens);
                }));
  return Measured{ns, {}};
}

Result<Measured> TuningMeasurement::norm(bool subgroups) {
  TANDEM_ASSIGN(const Kernel kernel, kernels_.get(elementwise_source(device_, subgroups), "norm"));
  const auto items = static_cast<size_t>(norm_items(device_));
  TANDEM_ASSIGN(const uint64_t ns, fastest([&] {
                  return launcher_.run(kernel, {{items, 1, 1}, {items, 1, 1}}, input_.get(), kColumns, 1, 0,
                                       input_.get(), output_.get(), kColumns, 1e-5F);
                }));
  TANDEM_ASSIGN(std::vector<float> values, output(kColumns));
  return Measured{ns, std::move(values)};
}

template <typename Run>
Result<uint64_t> TuningMeasurement::fastest(const Run& run) {
  const std::string name = "the measurement of its kernels";
  launcher_.begin(name, true);
  for (int i = 0; i < kRuns; ++i) TANDEM_TRY(run());
  if (const cl_int code = device_.api().clFinish(device_.queue()); code != CL_SUCCESS)
    return launcher_.stopped("clFinish", code);
  uint64_t best = std::numeric_limits<uint64_t>::max();
  for (const Event& event : std::exchange(launcher_.events(), {})) {
    cl_ulong start = 0, end = 0;
    const Api& api = device_.api();
    cl_int code =
        api.clGetEventProfilingInfo(event.get(), CL_PROFILING_COMMAND_START, sizeof(start), &start, nullptr);
    if (code == CL_SUCCESS)
      code = api.clGetEventProfilingInfo(event.get(), CL_PROFILING_COMMAND_END, sizeof(end), &end, nullptr);
    if (code != CL_SUCCESS) return launcher_.stopped("clGetEventProfilingInfo", code);
    best = std::min<uint64_t>(best, end - start);
  }
  return best;
}

Result<std::vector<float>> TuningMeasurement::output(size_t values) {
  std::vector<float> read(values);
  const cl_int code = device_.api().clEnqueueReadBuffer(
      device_.queue(), output_.get(), CL_TRUE, 0, values * sizeof(float), read.data(), 0, nullptr, nullptr);
  if (code != CL_SUCCESS) return launcher_.stopped("clEnqueueReadBuffer", code);
  return read;
}

}  // namespace tandem::opencl
