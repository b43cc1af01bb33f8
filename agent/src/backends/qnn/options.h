// How the NPU is found and used.
#pragma once

#include <cstdint>
#include <string>

namespace tandem::qnn {

// What the provider is given as static weights. Activations and outputs are fp32 in every case.
enum class WeightForm : uint8_t {
  kHalf,  // fp16
  kInt8,  // One scale for each row; loses precision.
  kInt4,  // The same with 4 bits; loses much of it.
};
[[nodiscard]] const char* weight_form_name(WeightForm form);

struct QnnOptions {
  // The provider's library. Empty: the environment's TANDEM_QNN_LIBRARY, else on Android libQnnHtp.so, else
  // none.
  std::string library = {};
  // Where rpcmem_alloc is. Empty: on Android libcdsprpc.so, else the provider's library.
  std::string rpcmem_library = {};
  WeightForm weights = WeightForm::kHalf;
  bool burst = true;                         // Highest clocks while the processor exists.
  int64_t session_bytes = int64_t{3} << 30;  // Weights of one context at most, as far as one graph fits.
  std::string cache_folder = {};             // For context binaries; empty: they are not kept.
};

}  // namespace tandem::qnn
