#pragma once

#include <stdexcept>
#include <string>
#include <string_view>

namespace pitr {

// What went wrong, as scripts know it: code_name() is stable.
enum class Errc {
  io_error,
  internal,
  usage,
  not_found,
  no_base_snapshot,
  ambiguous_target,
  wal_gap,
  target_unreachable,
  corrupt,
  conflict,
  log_conflict,
  unavailable,
  promise_broken,
};

std::string_view code_name(Errc code);

// The one type that failures are thrown as. what() says what happened, lower case, with the values and
// without a full stop; hint() says what to do next and may be empty.
class Error : public std::runtime_error {
 public:
  Error(Errc code, const std::string& message, std::string hint = {});

  [[nodiscard]] Errc code() const { return code_; }
  [[nodiscard]] const std::string& hint() const { return hint_; }

 private:
  Errc code_;
  std::string hint_;
};

// Throws an io_error for the current errno, or unavailable for a fault that may pass by itself (a stale
// handle or a time-out of a network file system): "cannot <doing> <path>: <reason>". A full disk, a quota and
// a missing permission get a hint.
[[noreturn]] void throw_errno(std::string_view doing, std::string_view path);
[[noreturn]] void throw_errno(int error, std::string_view doing, std::string_view path);

}  // namespace pitr
