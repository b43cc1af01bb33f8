// Handles are numbers, so that a wrong or stale one is recognised and never followed.
#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>

namespace tandem::npu {

inline std::atomic<uintptr_t> next_handle{0x1000};  // Of all kinds, so that one never passes for another.

template <typename T>
class Registry {
 public:
  [[nodiscard]] void* add(std::shared_ptr<T> object) {
    const std::lock_guard lock(mutex_);
    void* handle = reinterpret_cast<void*>(next_handle.fetch_add(16));
    objects_.emplace(handle, std::move(object));
    return handle;
  }
  // Null for a handle that was never given or is gone.
  [[nodiscard]] std::shared_ptr<T> find(const void* handle) const {
    const std::lock_guard lock(mutex_);
    const auto found = objects_.find(const_cast<void*>(handle));
    return found == objects_.end() ? nullptr : found->second;
  }
  // What it stood for; null where it stood for nothing.
  std::shared_ptr<T> remove(const void* handle) {
    const std::lock_guard lock(mutex_);
    const auto found = objects_.find(const_cast<void*>(handle));
    if (found == objects_.end()) return nullptr;
    auto object = std::move(found->second);
    objects_.erase(found);
    return object;
  }
  template <typename Predicate>
  void remove_if(Predicate&& predicate) {
    const std::lock_guard lock(mutex_);
    std::erase_if(objects_, [&](const auto& entry) { return predicate(*entry.second); });
  }

 private:
  mutable std::mutex mutex_;
  std::map<void*, std::shared_ptr<T>> objects_;
};

template <typename T>
[[nodiscard]] Registry<T>& registry() {
  static Registry<T> instance;
  return instance;
}

}  // namespace tandem::npu
