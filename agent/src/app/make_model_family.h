// What made models of some families have beside sizes: windows, caps, scales of the rotation.
#pragma once

#include "app/make_model.h"
#include "gguf/writer.h"

namespace tandem::app {

// As the family's real files have them. phi3 is made for contexts of which a quarter takes its short rope
// factors.
void add_family_metadata(GgufWriter& writer, const MakeModelOptions& options);

}  // namespace tandem::app
