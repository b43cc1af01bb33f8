#include "app/make_model_family.h"

#include <algorithm>
#include <string>

#include "model/family.h"

namespace tandem::app {

void add_family_metadata(GgufWriter& writer, const MakeModelOptions& options) {
  const std::string& name = options.family;
  const ModelShape& shape = options.shape;
  const auto add_window = [&](uint32_t usual) {
    writer.add_u32(name + ".attention.sliding_window", shape.window == 0 ? usual : shape.window);
  };
  switch (family_by_name(name).value_or(Family::kLlama)) {
    case Family::kPhi3:
      add_window(0);
      writer.add_u32(name + ".rope.scaling.original_context_length", std::max(shape.context / 4, 1U));
      writer.add_f32(name + ".rope.scaling.attn_factor", 1.0801234F);  // sqrt(1 + ln 4 / ln 4096)
      return;
    case Family::kGemma2:
      add_window(4096);
      writer.add_f32(name + ".attn_logit_softcapping", 50.0F);
      writer.add_f32(name + ".final_logit_softcapping", 30.0F);
      return;
    case Family::kGemma3:
      add_window(512);
      writer.add_string(name + ".rope.scaling.type", "linear");
      writer.add_f32(name + ".rope.scaling.factor", 8.0F);
      return;
    default:
      return;
  }
}

}  // namespace tandem::app
