#include "profile/cost_model.h"

namespace tandem {

std::string_view origin_name(Origin origin) { return origin == Origin::kMeasured ? "measured" : "modeled"; }

std::string_view sync_mode_name(SyncMode mode) { return mode == SyncMode::kFast ? "fast" : "driver"; }

}  // namespace tandem
