// libFuzzer's entry for GGUF files.
#include "targets.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  (void)tandem::fuzz::fuzz_gguf({reinterpret_cast<const std::byte*>(data), size});
  return 0;
}
