// Result<T>: a value or an Error. Functions that can fail for a reason outside the program return it;
// asserts are for bugs only.
#pragma once

#include <optional>
#include <utility>
#include <variant>

#include "base/error.h"

namespace tandem {

template <typename T>
class [[nodiscard]] Result {
 public:
  Result(T value) : state_(std::move(value)) {}      // NOLINT: implicit on purpose, so `return value;` works
  Result(Error error) : state_(std::move(error)) {}  // NOLINT: and `return Error{...};`

  [[nodiscard]] bool ok() const { return std::holds_alternative<T>(state_); }
  explicit operator bool() const { return ok(); }

  // Only where ok().
  [[nodiscard]] T& value() & { return std::get<T>(state_); }
  [[nodiscard]] const T& value() const& { return std::get<T>(state_); }
  [[nodiscard]] T&& value() && { return std::get<T>(std::move(state_)); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }
  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }

  // Only where !ok().
  [[nodiscard]] const Error& error() const& { return std::get<Error>(state_); }
  [[nodiscard]] Error&& error() && { return std::get<Error>(std::move(state_)); }

 private:
  std::variant<T, Error> state_;
};

template <>
class [[nodiscard]] Result<void> {
 public:
  Result() = default;
  Result(Error error) : error_(std::move(error)) {}  // NOLINT: implicit on purpose

  [[nodiscard]] bool ok() const { return !error_.has_value(); }
  explicit operator bool() const { return ok(); }
  [[nodiscard]] const Error& error() const& { return *error_; }
  [[nodiscard]] Error&& error() && { return std::move(*error_); }

 private:
  std::optional<Error> error_;
};

}  // namespace tandem

// Passes an error on: TANDEM_TRY(file.read(...));
#define TANDEM_TRY(expression)                                    \
  do {                                                            \
    if (auto tandem_result = (expression); !tandem_result.ok()) { \
      return std::move(tandem_result).error();                    \
    }                                                             \
  } while (false)

#define TANDEM_CONCAT_INNER(a, b) a##b
#define TANDEM_CONCAT(a, b) TANDEM_CONCAT_INNER(a, b)

// Takes the value or passes the error on: TANDEM_ASSIGN(auto header, read_header(bytes));
#define TANDEM_ASSIGN(declaration, expression)                         \
  auto TANDEM_CONCAT(tandem_assign_, __LINE__) = (expression);         \
  if (!TANDEM_CONCAT(tandem_assign_, __LINE__).ok()) {                 \
    return std::move(TANDEM_CONCAT(tandem_assign_, __LINE__)).error(); \
  }                                                                    \
  declaration = std::move(TANDEM_CONCAT(tandem_assign_, __LINE__)).value()
