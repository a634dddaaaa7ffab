#pragma once

#include "base/bytes.hpp"
#include "engine/sochdb/frame_format.hpp"
#include "engine/sochdb/stranded.hpp"
#include "engine/sochdb/window.hpp"
#include "model/ids.hpp"

#include <cstdint>
#include <optional>

namespace pitr::sochdb {

// A place between two frames of one file.
struct LogPlace {
  Lsn lsn;                   // frames before it
  std::uint64_t offset = 0;  // bytes before it
  bool operator==(const LogPlace&) const = default;
};

struct LogRecord {
  LogPlace start;
  LogPlace end;                  // its LSN is the record's own: 1 for the first
  ByteView frame;                // all of it, as it stands in the file
  std::optional<Record> record;  // absent when it is encrypted and there is no key
};

// What stands behind the last good frame.
enum class LogEnd {
  whole,    // nothing
  torn,     // the beginning of a frame: one is being written, or a crash cut it off
  zeroed,   // zero bytes only, as a file system may leave after a power failure
  damaged,  // bytes that SochDB never wrote there, or whole frames behind a torn one
};

// Why reading stopped.
enum class StopReason {
  end,
  length_cut,        // 1 to 3 bytes left
  content_cut,       // fewer bytes left than the length says
  length_too_small,  // for any record
  length_too_large,
  content_rejected,  // all of it is there, and it is no record
};

struct LogStop {
  LogEnd end = LogEnd::whole;
  StopReason reason = StopReason::end;
  LogPlace good_end;             // reading stopped here
  std::uint64_t bytes_left = 0;  // behind it
  Stranded stranded;
};

// Reads the frames of a log in order, up to its end or the first that is not exactly what SochDB writes.
// Throws only what the source throws. Memory: the largest frame.
class LogReader {
 public:
  // Source and format must outlive the reader; `from` is the place of the source's first byte.
  LogReader(ByteSource& source, FrameFormat& format, LogPlace from = {});

  // Nothing at the end. The record is good until the next call.
  std::optional<LogRecord> next();
  // Behind the record read last.
  [[nodiscard]] LogPlace place() const { return place_; }
  // After the end.
  [[nodiscard]] const LogStop& stop() const { return stop_; }

 private:
  std::nullopt_t stop_for(StopReason reason);
  LogEnd judge(StopReason reason);
  [[nodiscard]] bool is_cut_frame();
  bool pass_zeros();

  FrameFormat& format_;
  Window window_;
  LogPlace place_;
  bool stopped_ = false;
  LogStop stop_;
};

}  // namespace pitr::sochdb
