#include "profile/soc.h"

#include <algorithm>
#include <cmath>

#include "json/fields.h"
#include "profile/soc_files.h"

namespace tandem {
namespace {

constexpr std::array<std::string_view, kFieldOrigins> kOriginNames = {"measured", "published", "assumed"};
constexpr int64_t kSocFormat = 1;
constexpr size_t kMostName = 80;
constexpr size_t kMostSocBytes = size_t{256} << 10;

struct Spec {
  const char* group;
  const char* key;
  double least, most;
  double& (*at)(SocDescription&);
};

#define TANDEM_AT(member) [](SocDescription& soc) -> double& { return soc.member; }
constexpr std::array kSchema = {
    Spec{"gpu", "fewTokens", 1, 1024, TANDEM_AT(gpu.few_tokens)},
    Spec{"gpu", "fewTokensTflops", 1e-3, 1e3, TANDEM_AT(gpu.few_tokens_tflops)},
    Spec{"gpu", "gemmFloorUs", 0, 1e6, TANDEM_AT(gpu.gemm_floor_us)},
    Spec{"gpu", "gemmTflops", 1e-3, 1e3, TANDEM_AT(gpu.gemm_tflops)},
    Spec{"gpu", "attentionTflops", 1e-3, 1e3, TANDEM_AT(gpu.attention_tflops)},
    Spec{"gpu", "activationBits", 8, 32, TANDEM_AT(gpu.activation_bits)},
    Spec{"npu", "stage", 1, 1024, TANDEM_AT(npu.stage)},
    Spec{"npu", "matmulTflops", 1e-3, 1e4, TANDEM_AT(npu.matmul_tflops)},
    Spec{"npu", "goodColumns", 32, 1e6, TANDEM_AT(npu.good_columns)},
    Spec{"npu", "graphMib", 0, 1e5, TANDEM_AT(npu.graph_mib)},
    Spec{"memory", "gpuGbps", 0.1, 1e4, TANDEM_AT(memory.gpu_gbps)},
    Spec{"memory", "npuGbps", 0.1, 1e4, TANDEM_AT(memory.npu_gbps)},
    Spec{"memory", "togetherGbps", 0.1, 1e4, TANDEM_AT(memory.together_gbps)},
    Spec{"memory", "gpuShare", 0.01, 0.99, TANDEM_AT(memory.gpu_share)},
    Spec{"isolated", "gpuOverheadUs", 0, 1e6, TANDEM_AT(isolated.gpu_overhead_us)},
    Spec{"isolated", "gpuOverheadUsPerKcolumn", 0, 1e6, TANDEM_AT(isolated.gpu_overhead_us_per_kcolumn)},
    Spec{"isolated", "npuOverheadUs", 0, 1e6, TANDEM_AT(isolated.npu_overhead_us)},
    Spec{"isolated", "npuStreamGbps", 0.1, 1e4, TANDEM_AT(isolated.npu_stream_gbps)},
    Spec{"isolated", "npuLeastRows", 0, 1e6, TANDEM_AT(isolated.npu_least_rows)},
    Spec{"sync", "pollUs", 0, 1e5, TANDEM_AT(sync.poll_us)},
    Spec{"sync", "sleepGranularityUs", 0, 1e5, TANDEM_AT(sync.sleep_granularity_us)},
    Spec{"sync", "driverJoinUs", 0, 1e6, TANDEM_AT(sync.driver_join_us)},
    Spec{"sync", "submitUs", 0, 1e5, TANDEM_AT(sync.submit_us)},
    Spec{"sync", "drainedSubmitUs", 0, 1e5, TANDEM_AT(sync.drained_submit_us)},
    Spec{"sync", "sampleUs", 0, 1e6, TANDEM_AT(sync.sample_us)},
    Spec{"compile", "graphMs", 0, 1e6, TANDEM_AT(compile.graph_ms)},
    Spec{"compile", "usPerTokenMweight", 0, 1e6, TANDEM_AT(compile.us_per_token_mweight)},
    Spec{"power", "idleW", 0, 1e3, TANDEM_AT(power.idle_w)},
    Spec{"power", "gpuW", 0, 1e3, TANDEM_AT(power.gpu_w)},
    Spec{"power", "npuW", 0, 1e3, TANDEM_AT(power.npu_w)},
    Spec{"power", "memoryWPerGbps", 0, 1e2, TANDEM_AT(power.memory_w_per_gbps)},
};
#undef TANDEM_AT

std::string bounds(const Spec& spec) {
  const Json least = spec.least, most = spec.most;
  return "a number from " + least.dump() + " to " + most.dump();
}

// {"value": 4.6, "origin": "measured", "source": "..."}
Result<SocField> read_field(const Json& json, const std::string& where, const std::string& path,
                            const Spec& spec) {
  SocField field;
  field.path = path;
  Fields fields(json, where + ": " + path);
  field.value = fields.number_or("value", std::nan(""));
  if (!(field.value >= spec.least && field.value <= spec.most)) fields.refuse("value", bounds(spec));
  const std::string origin = fields.text("origin");
  const auto found = std::find(kOriginNames.begin(), kOriginNames.end(), origin);
  if (found == kOriginNames.end()) {
    fields.refuse("origin", "measured, published or assumed");
  } else {
    field.origin = static_cast<FieldOrigin>(found - kOriginNames.begin());
  }
  field.source = fields.text("source");
  if (field.source.empty()) fields.refuse("source", "a line that says where the value comes from");
  TANDEM_TRY(fields.finish());
  return field;
}

const Json kNothing = Json::object();

}  // namespace

std::string_view field_origin_name(FieldOrigin origin) { return kOriginNames[static_cast<size_t>(origin)]; }

int SocDescription::count(FieldOrigin origin) const {
  return static_cast<int>(std::count_if(fields.begin(), fields.end(),
                                        [origin](const SocField& field) { return field.origin == origin; }));
}

Result<SocDescription> read_soc(std::string_view text, const std::string& where) {
  const std::optional<Json> json = text.size() > kMostSocBytes ? std::nullopt : parse_json(text);
  if (!json || !json->is_object()) {
    return Error{ErrorCode::kInvalidArgument,
                 "The SoC description " + where +
                     " is not a JSON object of at most 256 KiB: give a file like those in agent/soc.",
                 {{"file", where}}};
  }
  Fields top(*json, where);
  if (top.integer("format") != kSocFormat) top.refuse("format", std::to_string(kSocFormat));
  SocDescription soc;
  soc.id = top.text("id");
  soc.name = top.text("name");
  soc.gpu_name = top.text("gpuName");
  soc.npu_name = top.text("npuName");
  if (soc.name.empty() || soc.name.size() > kMostName) top.refuse("name", "a name of at most 80 bytes");
  soc.calibrated = top.boolean_or("calibrated", false);
  size_t at = 0;
  while (at < kSchema.size()) {
    const char* group = kSchema[at].group;
    const Json* values = top.object_or_null(group);
    if (values == nullptr) top.refuse(group, "an object");
    Fields inside(values == nullptr ? kNothing : *values, where + ": " + group);
    for (; at < kSchema.size() && std::string_view(kSchema[at].group) == group; ++at) {
      const Spec& spec = kSchema[at];
      const Json* value = inside.object_or_null(spec.key);
      if (value == nullptr) {
        inside.refuse(spec.key, "an object with value, origin and source");
        continue;
      }
      auto field = read_field(*value, where, std::string(group) + "." + spec.key, spec);
      if (!field.ok()) {
        inside.take(std::move(field).error());
        continue;
      }
      spec.at(soc) = field->value;
      soc.fields.push_back(std::move(field).value());
    }
    top.take(inside.finish());
  }
  if (soc.sync.drained_submit_us < soc.sync.submit_us) {
    top.refuse("sync.drainedSubmitUs", "at least sync.submitUs");
  }
  if (soc.memory.together_gbps < std::max(soc.memory.gpu_gbps, soc.memory.npu_gbps)) {
    top.refuse("memory.togetherGbps", "at least what one processor reaches alone");
  }
  TANDEM_TRY(top.finish());
  return soc;
}

const std::vector<std::string>& soc_ids() {
  static const std::vector<std::string> ids = [] {
    std::vector<std::string> found;
    for (const SocFile& file : soc_files()) found.emplace_back(file.id);
    return found;
  }();
  return ids;
}

Result<SocDescription> built_in_soc(std::string_view id) {
  std::string known;
  for (const SocFile& file : soc_files()) {
    if (file.id == id) return read_soc(file.json, std::string(id));
    known += (known.empty() ? "" : ", ") + std::string(file.id);
  }
  return Error{
      ErrorCode::kNotFound,
      "There is no SoC description \"" + std::string(id) + "\": choose one of " + known + ", or give a file.",
      {{"soc", std::string(id)}}};
}

}  // namespace tandem
