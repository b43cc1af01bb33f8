// The second half of the parser: where the tensors' data lie.
#include <algorithm>

#include "gguf/parser.h"
#include "gguf/printable.h"

namespace tandem {

Result<void> GgufParser::place_tensors() {
  const uint64_t data_start =
      (uint64_t{reader_.offset()} + file_.alignment_ - 1) / file_.alignment_ * file_.alignment_;
  for (size_t i = 0; i < file_.tensors_.size(); i++) {
    GgufTensor& tensor = file_.tensors_[i];
    TensorView& view = tensor.view;
    const uint64_t size =
        static_cast<uint64_t>(view.rows) * row_bytes(view.type, static_cast<uint64_t>(view.columns));
    if (offsets_[i] > UINT64_MAX - data_start - size) {
      return damaged(ErrorCode::kGgufOutside, "The tensor " + printable(tensor.name) +
                                                  " lies outside of any file (its offset is " +
                                                  std::to_string(offsets_[i]) + ")");
    }
    const uint64_t begin = data_start + offsets_[i];
    if (begin + size > bytes_.size()) {
      return damaged(ErrorCode::kGgufTruncated, "The file ends at byte " + std::to_string(bytes_.size()) +
                                                    ", before the end of tensor " + printable(tensor.name) +
                                                    " at " + std::to_string(begin + size));
    }
    view.bytes = bytes_.subspan(static_cast<size_t>(begin), static_cast<size_t>(size));
  }
  return {};
}

Result<void> GgufParser::refuse_overlaps() const {
  std::vector<const GgufTensor*> by_place;
  for (const GgufTensor& tensor : file_.tensors_) by_place.push_back(&tensor);
  std::sort(by_place.begin(), by_place.end(),
            [](const auto* a, const auto* b) { return a->view.bytes.data() < b->view.bytes.data(); });
  for (size_t i = 1; i < by_place.size(); i++) {
    const auto before = by_place[i - 1]->view.bytes;
    if (before.data() + before.size() > by_place[i]->view.bytes.data()) {
      return damaged(ErrorCode::kGgufOverlap, "The tensors " + printable(by_place[i - 1]->name) + " and " +
                                                  printable(by_place[i]->name) + " overlap");
    }
  }
  return {};
}

}  // namespace tandem
