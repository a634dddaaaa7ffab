#pragma once

#include "base/file.hpp"
#include "engine/postgresql/segment_name.hpp"

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>

namespace pitr::postgresql {

// Follows what a recovering server writes on its standard error, in English and with no prefix but one that
// holds no ": ".
class ServerLog {
 public:
  explicit ServerLog(const fs::path& path);

  // Reads what is new.
  void read();

  // The segment that was fetched from the archive last.
  [[nodiscard]] const std::optional<SegmentName>& fetched() const { return fetched_; }
  // Where the record begins after which recovery stopped.
  [[nodiscard]] const std::optional<Lsn>& stopped_after() const { return stopped_after_; }
  [[nodiscard]] bool is_ready() const { return ready_; }
  // The last errors, and what the server says to them, one to a line.
  [[nodiscard]] std::string complaints() const;

 private:
  void take(std::string_view line);

  fs::path path_;
  Fd fd_;
  std::uint64_t at_ = 0;
  std::string rest_;  // of a line that is not whole yet
  std::optional<SegmentName> fetched_;
  std::optional<Lsn> stopped_after_;
  bool ready_ = false;
  std::deque<std::string> complaints_;
};

}  // namespace pitr::postgresql
