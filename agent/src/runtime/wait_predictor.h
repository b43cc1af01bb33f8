// How long waits for the other processor take. Layers repeat, so the wait before an op at a length is much
// like the last one (paper, section 3).
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace tandem {

class WaitPredictor {
 public:
  // The same id for the same key. Not while another thread uses the predictor.
  [[nodiscard]] size_t id(const std::string& key);

  // ns; half of what was planned where nothing was learned yet, since who looks too early only polls.
  [[nodiscard]] int64_t predict(size_t id, int64_t planned_ns) const {
    return entries_[id].known ? entries_[id].ns : planned_ns / 2;
  }

  // The wait took waited_ns, of which slept_ns were slept. Where it was over when the sleep ended, it was
  // shorter than that. An id belongs to one thread.
  void learn(size_t id, int64_t waited_ns, int64_t slept_ns, bool over_after_sleep);

 private:
  struct alignas(64) Entry {
    bool known = false;
    int64_t ns = 0;
  };
  std::map<std::string, size_t> ids_;
  std::vector<Entry> entries_;
};

}  // namespace tandem
