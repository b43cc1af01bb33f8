#include "profile/profile_json.h"

#include <cmath>
#include <cstdio>
#include <fstream>
#include <utility>

#include "base/mapped_file.h"
#include "json/fields.h"

namespace tandem {
namespace {

constexpr int64_t kFormat = 1;
constexpr size_t kMostBytes = size_t{64} << 20;
constexpr size_t kMostSamples = 200'000;
constexpr double kLongestUs = 1e9;
constexpr int64_t kLargest = int64_t{1} << 40;
constexpr int kOpKinds = static_cast<int>(OpKind::kSoftcap) + 1;

std::optional<ProcessorKind> kind_by_name(std::string_view name) {
  for (const ProcessorKind kind : {ProcessorKind::kCpu, ProcessorKind::kGpu, ProcessorKind::kNpu}) {
    if (processor_kind_name(kind) == name) return kind;
  }
  return std::nullopt;
}

Json timing_json(const Timing& timing) {
  return {{"us", timing.us}, {"spread", timing.spread}, {"repetitions", timing.repetitions}};
}

Json work_json(const MatmulWork& work) {
  return {{"m", work.m}, {"n", work.n}, {"k", work.k}, {"type", type_traits(work.type).name}};
}

Json sync_json(const SyncCosts& sync) {
  return {{"joinUs", sync.join_us},
          {"submitUs", sync.submit_us},
          {"drainedSubmitUs", sync.drained_submit_us},
          {"copyUsPerMb", sync.copy_us_per_mb}};
}

// Reads one object of the file.
class Reader {
 public:
  Reader(const Json& json, const std::string& where) : fields_(json, where) {}

  double number(const char* name, double most = kLongestUs) {
    const double value = fields_.number_or(name, -1);
    if (!(value >= 0 && value <= most)) fields_.refuse(name, "a number from 0 up");
    return value;
  }
  int64_t integer(const char* name, int64_t least) {
    const int64_t value = fields_.integer(name);
    if (value < least || value > kLargest)
      fields_.refuse(name, "an integer from " + std::to_string(least) + " up");
    return value;
  }
  TensorType type(const char* name) {
    const auto known = type_by_name(fields_.text(name));
    if (!known) fields_.refuse(name, "a tensor type such as Q4_0");
    return known.value_or(TensorType::kF32);
  }
  ProcessorKind kind(const char* name) {
    const auto known = kind_by_name(fields_.text(name));
    if (!known) fields_.refuse(name, "cpu, gpu or npu");
    return known.value_or(ProcessorKind::kCpu);
  }
  MatmulWork work() {
    const Json* json = fields_.object_or_null("work");
    if (json == nullptr) {
      fields_.refuse("work", "an object");
      return {};
    }
    Reader reader(*json, "profile.work");
    const MatmulWork work{reader.integer("m", 0), reader.integer("n", 1), reader.integer("k", 1),
                          reader.type("type")};
    fields_.take(reader.fields_.finish());
    return work;
  }
  Timing timing() {
    const Json* json = fields_.object_or_null("timing");
    if (json == nullptr) {
      fields_.refuse("timing", "an object");
      return {};
    }
    Reader reader(*json, "profile.timing");
    const Timing timing{reader.number("us"), reader.number("spread"), reader.integer("repetitions", 1)};
    if (!(timing.us > 0)) reader.fields_.refuse("us", "above 0");
    fields_.take(reader.fields_.finish());
    return timing;
  }
  SyncCosts sync(const char* name) {
    const Json* json = fields_.object_or_null(name);
    if (json == nullptr) {
      fields_.refuse(name, "an object");
      return {};
    }
    Reader reader(*json, std::string("profile.") + name);
    const SyncCosts costs{reader.number("joinUs"), reader.number("submitUs"),
                          reader.number("drainedSubmitUs"), reader.number("copyUsPerMb")};
    fields_.take(reader.fields_.finish());
    return costs;
  }
  // Calls `read` with a reader of each item.
  template <typename Read>
  void list(const char* name, Read read) {
    const Json* items = fields_.array_or_null(name);
    if (items == nullptr) return fields_.refuse(name, "a list");
    if (items->size() > kMostSamples) return fields_.refuse(name, "a list of at most 200000");
    for (size_t i = 0; i < items->size(); ++i) {
      Reader reader((*items)[i], std::string("profile.") + name + "[" + std::to_string(i) + "]");
      read(reader);
      fields_.take(reader.fields_.finish());
    }
  }
  Fields& fields() { return fields_; }

 private:
  Fields fields_;
};

Error foreign(const std::string& what, const std::string& found, const std::string& expected) {
  return {ErrorCode::kUnsupported,
          "The profile was measured with " + what + " " + found + ", and this is " + expected +
              ": measure this device again.",
          {{"found", found}, {"expected", expected}}};
}

Result<void> check_key(const ProfileKey& found, const ProfileKey& expected) {
  if (found.device != expected.device) return foreign("the device", found.device, expected.device);
  if (found.driver != expected.driver) return foreign("the driver", found.driver, expected.driver);
  if (found.agent != expected.agent) return foreign("the agent", found.agent, expected.agent);
  if (found.method != expected.method)
    return foreign("the measuring method", std::to_string(found.method), std::to_string(expected.method));
  return {};
}

ProfileKey read_key(Reader& reader) {
  // Files of the first method do not name it.
  return {reader.fields().text("device"), reader.fields().text("driver"), reader.fields().text("agent"),
          reader.fields().integer_or("method", 1)};
}

void read_samples(Reader& reader, Profile& profile) {
  reader.list("matmuls", [&](Reader& item) {
    MatmulSample sample{item.kind("processor"), item.work(), item.timing()};
    if (sample.work.m < 1) item.fields().refuse("work", "of at least one token");
    profile.matmuls.push_back(sample);
  });
  reader.list("others", [&](Reader& item) {
    const std::string name = item.fields().text("kind");
    OtherSample sample{OpKind::kAdd, item.integer("bytes", 0), item.integer("flops", 0), item.timing()};
    const int64_t index = item.integer("op", 0);
    if (index >= kOpKinds || op_kind_name(static_cast<OpKind>(index)) != name) {
      item.fields().refuse("op", "the number of its kind");
    } else {
      sample.kind = static_cast<OpKind>(index);
    }
    profile.others.push_back(sample);
  });
  reader.list("compiles", [&](Reader& item) {
    profile.compiles.push_back({item.work(), item.number("us")});
  });
  reader.list("refused", [&](Reader& item) { profile.refused.push_back(item.work()); });
  for (const std::string& name : reader.fields().texts_or_none("npuLacks")) {
    const auto type = type_by_name(name);
    if (type) profile.npu_lacks.push_back(*type);
    if (!type) reader.fields().refuse("npuLacks", "a list of tensor types");
  }
}

}  // namespace

std::string profile_text(const Profile& profile) {
  Json matmuls = Json::array(), others = Json::array(), compiles = Json::array(), refused = Json::array(),
       lacks = Json::array();
  for (const MatmulSample& one : profile.matmuls) {
    matmuls.push_back({{"processor", processor_kind_name(one.processor)},
                       {"work", work_json(one.work)},
                       {"timing", timing_json(one.timing)}});
  }
  for (const OtherSample& one : profile.others) {
    others.push_back({{"kind", op_kind_name(one.kind)},
                      {"op", static_cast<int>(one.kind)},
                      {"bytes", one.bytes},
                      {"flops", one.flops},
                      {"timing", timing_json(one.timing)}});
  }
  for (const CompileSample& one : profile.compiles) {
    compiles.push_back({{"work", work_json(one.work)}, {"us", one.us}});
  }
  for (const MatmulWork& one : profile.refused) refused.push_back({{"work", work_json(one)}});
  for (const TensorType type : profile.npu_lacks) lacks.push_back(type_traits(type).name);
  const Json json = {{"format", kFormat},
                     {"device", profile.key.device},
                     {"driver", profile.key.driver},
                     {"agent", profile.key.agent},
                     {"method", profile.key.method},
                     {"primary", processor_kind_name(profile.primary)},
                     {"hasNpu", profile.has_npu},
                     {"matmuls", std::move(matmuls)},
                     {"others", std::move(others)},
                     {"compiles", std::move(compiles)},
                     {"refused", std::move(refused)},
                     {"npuLacks", std::move(lacks)},
                     {"npuBytesPerWeight", profile.npu_bytes_per_weight},
                     {"bandwidths",
                      {{"primaryAlone", profile.bandwidths.primary_alone},
                       {"npuAlone", profile.bandwidths.npu_alone},
                       {"primaryTogether", profile.bandwidths.primary_together},
                       {"npuTogether", profile.bandwidths.npu_together}}},
                     {"fast", sync_json(profile.fast)},
                     {"driverSync", sync_json(profile.driver)},
                     {"synced", profile.synced},
                     {"complete", profile.complete}};
  return json_text(json) + "\n";
}

Result<Profile> read_profile(std::string_view text, const ProfileKey* expected) {
  const std::optional<Json> json = text.size() <= kMostBytes ? parse_json(text) : std::nullopt;
  if (!json || !json->is_object()) {
    return Error{ErrorCode::kInvalidArgument,
                 "The profile is not a JSON object of at most 64 MiB: measure this device again.",
                 {}};
  }
  Reader reader(*json, "profile");
  const int64_t format = reader.fields().integer_or("format", 0);
  if (format != kFormat) return foreign("file format", std::to_string(format), std::to_string(kFormat));
  Profile profile;
  profile.key = read_key(reader);
  profile.primary = reader.kind("primary");
  profile.has_npu = reader.fields().boolean_or("hasNpu", false);
  read_samples(reader, profile);
  profile.npu_bytes_per_weight = reader.number("npuBytesPerWeight");
  if (const Json* rates = reader.fields().object_or_null("bandwidths")) {
    Reader item(*rates, "profile.bandwidths");
    profile.bandwidths = {item.number("primaryAlone"), item.number("npuAlone"),
                          item.number("primaryTogether"), item.number("npuTogether")};
    reader.fields().take(item.fields().finish());
  } else {
    reader.fields().refuse("bandwidths", "an object");
  }
  profile.fast = reader.sync("fast");
  profile.driver = reader.sync("driverSync");
  profile.synced = reader.fields().boolean_or("synced", false);
  profile.complete = reader.fields().boolean_or("complete", false);
  TANDEM_TRY(reader.fields().finish());
  if (expected != nullptr) TANDEM_TRY(check_key(profile.key, *expected));
  return profile;
}

Result<void> write_profile(const std::string& path, const Profile& profile) {
  const std::string beside = path + ".part";
  {
    std::ofstream file(beside, std::ios::binary | std::ios::trunc);
    if (file) file << profile_text(profile) << std::flush;
    if (!file) {
      return Error{
          ErrorCode::kFileUnwritable,
          "The profile could not be written to " + path + ": check that the folder exists and has room.",
          {{"path", path}}};
    }
  }
  if (std::rename(beside.c_str(), path.c_str()) != 0) {
    return Error{ErrorCode::kFileUnwritable,
                 "The profile could not be written to " + path + ": check that the folder can be written to.",
                 {{"path", path}}};
  }
  return {};
}

Result<Profile> load_profile(const std::string& path, const ProfileKey* expected) {
  TANDEM_ASSIGN(const MappedFile file, MappedFile::open(path));
  const auto bytes = file.bytes();
  return read_profile({reinterpret_cast<const char*>(bytes.data()), bytes.size()}, expected);
}

}  // namespace tandem
