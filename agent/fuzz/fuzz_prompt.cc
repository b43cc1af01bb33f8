// libFuzzer's entry for prompts.
#include "targets.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  tandem::fuzz::fuzz_prompt({reinterpret_cast<const std::byte*>(data), size});
  return 0;
}
