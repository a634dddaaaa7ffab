#include "cmd/progress_bar.hpp"

#include "base/time.hpp"
#include "cmd/human.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace pitr::cmd {

namespace {

constexpr std::chrono::milliseconds kRedrawInterval(100);
// Before that an estimate of the rate would only jump about.
constexpr double kSecondsBeforeRate = 0.5;

std::string bar_of(double share, std::size_t cells) {
  const auto full = static_cast<std::size_t>(share * static_cast<double>(cells));
  return "[" + std::string(full, '#') + std::string(cells - full, '-') + "]";
}

}  // namespace

ProgressBar::ProgressBar(std::ostream& terminal, Surroundings surroundings)
    : terminal_(terminal), surroundings_(std::move(surroundings)) {}

ProgressBar::~ProgressBar() { erase(); }

void ProgressBar::begin(std::string_view phase, std::uint64_t total) {
  phase_ = phase;
  total_ = total;
  done_ = 0;
  began_ = surroundings_.clock();
  draw(began_);
}

void ProgressBar::advance(std::uint64_t bytes) {
  if (phase_.empty()) return;
  done_ += bytes;
  const Clock::time_point now = surroundings_.clock();
  if (!drawn_ || now - drawn_at_ >= kRedrawInterval) draw(now);
}

void ProgressBar::end() { erase(); }

void ProgressBar::erase() {
  if (!drawn_) return;
  terminal_ << "\r\x1b[K" << std::flush;
  drawn_ = false;
}

std::string ProgressBar::line(Clock::time_point now) const {
  const double seconds = std::chrono::duration<double>(now - began_).count();
  std::string figures = done_ > 0 ? human_size(done_) : std::string();
  if (total_ > 0) {
    const double share = std::min(1.0, static_cast<double>(done_) / static_cast<double>(total_));
    figures = fmt::format("{:3.0f} %", share * 100);
  }
  if (seconds >= kSecondsBeforeRate && done_ > 0) {
    const double rate = static_cast<double>(done_) / seconds;
    figures += fmt::format("  {}/s", human_size(static_cast<std::uint64_t>(rate)));
    if (total_ > done_) {
      const double left = static_cast<double>(total_ - done_) / rate;
      // Beyond a thousand days it is no estimate, and might not fit a Duration.
      if (left < 86'400'000)
        figures +=
            fmt::format("  {} left", describe_duration(Duration(static_cast<std::int64_t>(left * 1e6))));
    }
  }
  // One column stays free: writing into the last one would wrap the line on some terminals.
  const std::size_t width = std::max<std::size_t>(surroundings_.width(), 20) - 1;
  const std::size_t taken = phase_.size() + figures.size() + 6;
  std::string drawn = phase_ + "  ";
  if (total_ > 0 && width > taken + 5) {
    const double share = std::min(1.0, static_cast<double>(done_) / static_cast<double>(total_));
    drawn += bar_of(share, std::min<std::size_t>(width - taken, 40)) + "  ";
  }
  drawn += figures;
  return drawn.substr(0, width);
}

void ProgressBar::draw(Clock::time_point now) {
  terminal_ << '\r' << line(now) << "\x1b[K" << std::flush;
  drawn_ = true;
  drawn_at_ = now;
}

}  // namespace pitr::cmd
