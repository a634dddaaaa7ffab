#pragma once

#include <cstdint>
#include <string_view>

namespace pitr {

// Told how long work goes on. Called from one thread at a time.
class Progress {
 public:
  virtual ~Progress() = default;
  // A new phase begins; total is in bytes, 0 when not known.
  virtual void begin(std::string_view phase, std::uint64_t total) = 0;
  // Bytes done since the last call.
  virtual void advance(std::uint64_t bytes) = 0;
  // The last phase is over.
  virtual void end() = 0;
};

// Ignores everything.
class NoProgress : public Progress {
 public:
  void begin(std::string_view, std::uint64_t) override {}
  void advance(std::uint64_t) override {}
  void end() override {}
};

}  // namespace pitr
