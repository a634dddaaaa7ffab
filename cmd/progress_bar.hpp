#pragma once

#include "base/progress.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <ostream>
#include <string>

namespace pitr::cmd {

// Draws how far the work is on one line of a terminal: phase, bar, percent, rate, remaining time. The line is
// drawn at most ten times a second and is gone at the end.
class ProgressBar : public Progress {
 public:
  using Clock = std::chrono::steady_clock;
  struct Surroundings {
    std::function<std::size_t()> width;  // of the terminal
    std::function<Clock::time_point()> clock = [] { return Clock::now(); };
  };

  ProgressBar(std::ostream& terminal, Surroundings surroundings);
  ~ProgressBar() override;
  ProgressBar(const ProgressBar&) = delete;
  ProgressBar& operator=(const ProgressBar&) = delete;

  void begin(std::string_view phase, std::uint64_t total) override;
  void advance(std::uint64_t bytes) override;
  // Takes the line away; the next advance() draws it again.
  void end() override;

 private:
  [[nodiscard]] std::string line(Clock::time_point now) const;
  void erase();
  void draw(Clock::time_point now);

  std::ostream& terminal_;
  Surroundings surroundings_;
  std::string phase_;
  std::uint64_t total_ = 0;
  std::uint64_t done_ = 0;
  Clock::time_point began_;
  Clock::time_point drawn_at_;
  bool drawn_ = false;
};

}  // namespace pitr::cmd
