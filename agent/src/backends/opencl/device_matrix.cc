#include "backends/opencl/device_matrix.h"

#include <algorithm>
#include <optional>
#include <thread>
#include <utility>

namespace tandem::opencl {
namespace {

// Rows between two looks at the cancel token; the file's memory is given back in these steps.
constexpr int64_t kPanelsAtOnce = 64;

// Packs panels [first, first + count) on two threads: packing is bound by arithmetic, and files are large.
void pack_panels(const TensorView& view, int64_t first, int64_t count, int64_t words, uint32_t* to) {
  const auto pack = [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      pack_panel(view.type, view.bytes.data(), view.rows, view.columns, (first + i) * kPanelRows,
                 to + i * words);
    }
  };
  if (count < 8) return pack(0, count);
  std::jthread other(pack, count / 2, count);
  pack(0, count / 2);
}

}  // namespace

Result<void> DeviceMatrix::cover(const Device& device, const TensorView& view, int64_t first_row,
                                 int64_t rows, const CancelToken& cancel, const Copied& copied) {
  int64_t panel = first_row / kPanelRows;
  const int64_t end = (first_row + rows + kPanelRows - 1) / kPanelRows;
  std::vector<std::pair<int64_t, int64_t>> missing;
  for (const Segment& segment : segments_) {
    if (panel >= end || segment.first_panel >= end) break;
    if (panel < segment.first_panel) missing.emplace_back(panel, segment.first_panel);
    panel = std::max(panel, segment.end_panel());
  }
  if (panel < end) missing.emplace_back(panel, end);
  for (const auto& [from, to] : missing) {
    TANDEM_TRY(add_segment(device, view, from, to, cancel, copied));
  }
  return {};
}

Result<void> DeviceMatrix::add_segment(const Device& device, const TensorView& view, int64_t first_panel,
                                       int64_t end_panel, const CancelToken& cancel, const Copied& copied) {
  const int64_t words = panel_words(format_, columns_);
  const int64_t panels = end_panel - first_panel;
  const auto bytes = static_cast<size_t>(panels * words) * sizeof(uint32_t);
  if (bytes > device.facts().largest_buffer) {
    return Error{
        ErrorCode::kUnsupported,
        "A weight takes " + std::to_string(bytes >> 20) +
            " MiB, more than one buffer of this GPU can hold: choose a model with a smaller vocabulary "
            "or fewer bits.",
        {{"bytes", std::to_string(bytes)}}};
  }
  const Api& api = device.api();
  TANDEM_ASSIGN(Buffer buffer,
                device.make_buffer(static_cast<int64_t>(bytes), CL_MEM_READ_ONLY | CL_MEM_ALLOC_HOST_PTR));
  cl_int code = CL_SUCCESS;
  void* mapped = api.clEnqueueMapBuffer(device.queue(), buffer.get(), CL_TRUE, CL_MAP_WRITE_INVALIDATE_REGION,
                                        0, bytes, 0, nullptr, nullptr, &code);
  if (code != CL_SUCCESS)
    return failed("The GPU's memory cannot be written: restart the device.", "clEnqueueMapBuffer", code);
  std::optional<Error> problem;
  for (int64_t at = first_panel; at < end_panel && !problem; at += kPanelsAtOnce) {
    if (cancel.cancelled()) {
      problem = Error{ErrorCode::kCancelled, "Loading was cancelled.", {}};
      break;
    }
    const int64_t count = std::min(kPanelsAtOnce, end_panel - at);
    pack_panels(view, at, count, words, static_cast<uint32_t*>(mapped) + (at - first_panel) * words);
    const int64_t row = at * kPanelRows;
    if (!copied) continue;
    if (auto result = copied(row, std::min(count * kPanelRows, rows_ - row)); !result.ok())
      problem = std::move(result).error();
  }
  code = api.clEnqueueUnmapMemObject(device.queue(), buffer.get(), mapped, 0, nullptr, nullptr);
  if (code == CL_SUCCESS) code = api.clFinish(device.queue());
  if (problem) return *std::move(problem);
  if (code != CL_SUCCESS)
    return failed("The GPU's memory cannot be written: restart the device.", "clEnqueueUnmapMemObject", code);
  const auto after = std::find_if(segments_.begin(), segments_.end(),
                                  [&](const Segment& other) { return other.first_panel > first_panel; });
  segments_.insert(after, Segment{first_panel, panels, std::move(buffer)});
  return {};
}

int64_t DeviceMatrix::bytes() const {
  int64_t panels = 0;
  for (const Segment& segment : segments_) panels += segment.panels;
  return panels * panel_words(format_, columns_) * static_cast<int64_t>(sizeof(uint32_t));
}

}  // namespace tandem::opencl
