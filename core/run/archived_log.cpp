#include "run/archived_log.hpp"

#include "base/error.hpp"

#include <algorithm>
#include <chrono>
#include <thread>
#include <utility>

#include <fmt/format.h>

namespace pitr {

namespace {

constexpr std::chrono::milliseconds kLook(100);
// A clock does not count much further.
constexpr std::chrono::hours kMostPatience(24 * 365);

}  // namespace

ArchivedLog::ArchivedLog(const Context& context, const Repository& repository, const LogShipping& shipping,
                         ServerState state, LiveServer* primary)
    : context_(context),
      repository_(repository),
      shipping_(shipping),
      state_(std::move(state)),
      primary_(primary) {}

std::vector<SegmentManifest> ArchivedLog::wait_for(Lsn from, Lsn to, Duration patience) const {
  using Clock = std::chrono::steady_clock;
  std::vector<SegmentManifest> segments;
  const SegmentNumber last = shipping_.number_at({std::max(to.value, from.value + 1) - 1}, state_.identity);
  patience = std::min<Duration>(patience, kMostPatience);
  context_.progress.begin("wait for the log", 0);
  auto deadline = Clock::now() + patience;
  for (SegmentNumber next = shipping_.number_at(from, state_.identity); next <= last;) {
    if (auto segment = repository_.segment(state_.timeline, next)) {
      segments.push_back(std::move(*segment));
      ++next.value;
      deadline = Clock::now() + patience;
    } else if (Clock::now() >= deadline) {
      give_up(next, patience);
    } else {
      std::this_thread::sleep_for(kLook);
    }
  }
  context_.progress.end();
  return segments;
}

std::optional<SegmentManifest> ArchivedLog::segment_at(Lsn lsn) const {
  return repository_.segment(state_.timeline, shipping_.number_at(lsn, state_.identity));
}

std::optional<SegmentManifest> ArchivedLog::segment_before(Lsn lsn) const {
  const SegmentNumber number = shipping_.number_at(lsn, state_.identity);
  if (number.value == 0) return std::nullopt;
  return repository_.segment(state_.timeline, {number.value - 1});
}

void ArchivedLog::give_up(SegmentNumber missing, Duration patience) const {
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(patience).count();
  std::string message =
      fmt::format("{} has not been archived within {} s",
                  shipping_.segment_name(state_.timeline, missing, state_.identity).text, seconds);
  std::string hint = "run it again once the server's archive_command works";
  if (primary_ == nullptr) {
    hint = "a standby cannot end a segment of the log: with --primary its primary is asked to";
  } else if (const std::string trouble = primary_->archiving_trouble(); !trouble.empty()) {
    message += "; " + trouble;
  }
  throw Error(Errc::unavailable, message, hint);
}

}  // namespace pitr
