// Numbers of the QNN C interface, API 2.27, that Tandem or its reference NPU uses. Our own declarations:
// facts of the interface under our own names. abi/check.cc holds them against the vendor's headers.
#pragma once

#include <cstdint>

namespace tandem::qnn::abi {

inline constexpr uint32_t kApiMajor = 2;
inline constexpr uint32_t kApiMinor = 27;

using Status = uint64_t;  // 0 is success; the low 16 bits are the code (abi/status.h).

inline constexpr uint32_t kBackendHtp = 6;

enum class TensorType : uint32_t {
  kAppWrite = 0,
  kAppRead = 1,
  kAppReadWrite = 2,
  kNative = 3,
  kStatic = 4,
  kNull = 5,
};

// The low byte is the width in bits, in decimal digits.
enum class DataType : uint32_t {
  kInt8 = 0x0008,
  kUint8 = 0x0108,
  kUint32 = 0x0132,
  kFloat16 = 0x0216,
  kFloat32 = 0x0232,
  kSignedFixed4 = 0x0304,
  kSignedFixed8 = 0x0308,
  kBool8 = 0x0508,
};

enum class MemoryType : uint32_t { kRaw = 0, kHandle = 1 };

enum class Definition : uint32_t { kGenerated = 0, kDefined = 1, kUndefined = 0x7fffffff };

enum class Encoding : uint32_t {
  kScaleOffset = 0,
  kAxisScaleOffset = 1,
  kWidthScaleOffset = 2,      // With a width in bits below the data type's.
  kWidthAxisScaleOffset = 3,  // The same, with one scale for each slice along an axis.
  kUndefined = 0x7fffffff,
};

enum class ParamType : uint32_t { kScalar = 0, kTensor = 1 };
enum class RegisteredMemory : uint32_t { kIon = 1, kCustom = 2 };
enum class LogLevel : uint32_t { kError = 1, kWarning = 2, kInfo = 3, kVerbose = 4, kDebug = 5 };

inline constexpr uint32_t kTensorVersion1 = 1;
inline constexpr uint32_t kTensorVersion2 = 2;
inline constexpr uint32_t kOpVersion1 = 1;
inline constexpr uint32_t kDenseFormat = 0;
inline constexpr uint32_t kProfileBasic = 1;

inline constexpr uint32_t kEventExecute = 400;        // Whole call, microseconds where no unit is given.
inline constexpr uint32_t kEventHtpAccelTime = 3004;  // On the accelerator, microseconds.
inline constexpr uint32_t kUnitMicroseconds = 1;

inline constexpr uint32_t kGraphOptionCustom = 0;

}  // namespace tandem::qnn::abi
