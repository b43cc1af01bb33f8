// Profiles as files. A file may come from anywhere: reading is strict and bounded.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "profile/profile.h"

namespace tandem {

[[nodiscard]] std::string profile_text(const Profile& profile);

// `expected`: of the device at hand, or null, where only a file is looked at. Errors: invalid-argument (what
// is wrong with the file), unsupported (another format, device, driver or agent; names both).
[[nodiscard]] Result<Profile> read_profile(std::string_view text, const ProfileKey* expected);

// The whole file; what is there is replaced at once. Errors: file-unwritable, disk-full.
[[nodiscard]] Result<void> write_profile(const std::string& path, const Profile& profile);
// Errors: as read_profile and file-not-found, file-unreadable.
[[nodiscard]] Result<Profile> load_profile(const std::string& path, const ProfileKey* expected);

}  // namespace tandem
