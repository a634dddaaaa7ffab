#pragma once

#include "base/file.hpp"

#include <chrono>
#include <string>

namespace pitr {

// The folder for notes about one repository: $XDG_STATE_HOME/pitrctl/<id>, or ~/.local/state/pitrctl/<id>.
// Created when it is missing. Everything in it is a cache.
fs::path state_directory(const std::string& repository_id);

// How long a run waits for another one.
inline constexpr std::chrono::seconds kLockPatience(10);

// Keeps two runs of one user from archiving into one repository at the same time; gone with the process. What
// is stored stays right without it (names are create-only): it only saves doing work twice.
class RunLock {
 public:
  // Waits this long for another run to end; then throws Errc::unavailable.
  RunLock(const fs::path& state_directory, std::chrono::milliseconds patience);

 private:
  Fd fd_;
};

}  // namespace pitr
